import { afterAll, beforeAll } from 'vitest';
import type { Member } from '../../shared/artifact/directory.ts';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { writeTarGz } from '../../shared/core/tar/write-tar-gz.ts';
import type { HttpRequest, Ports } from '../../shared/ports.ts';
import type { Contents } from '../features/oci/vectors.ts';
import {
  type Descriptor,
  FLUX,
  type PushedBlob,
  type PushOptions,
  pushArtifact,
  pushBlob,
  pushManifest,
} from '../servers/oci-push.ts';
import type { OciServer } from '../servers/oci-server.ts';
import type { Setting } from './setting.ts';

export const OCI_REPOSITORY = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository' } as const;

/** What the annotations of `flux push artifact` say. */
export const ANNOTATIONS = {
  'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
  'org.opencontainers.image.revision': 'main@sha1:0123456789012345678901234567890123456789',
  'org.opencontainers.image.source': 'https://git.example/org/app.git',
} as const;

/** A server for the tests of one file. */
export function useServer(start: () => Promise<OciServer>): { readonly server: OciServer } {
  let server: OciServer | undefined;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  return {
    get server() {
      if (server === undefined) throw new Error('the server starts before the first test');
      return server;
    },
  };
}

/** An archive of these files as `flux push artifact` makes it, with the mode that makes `.sh` files executable. */
export async function archive(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const members: Member[] = Object.entries(files).map(([path, text]) => ({
    path,
    kind: path.endsWith('.sh') ? 'executable' : 'file',
    data: Buffer.from(text),
  }));
  return (await writeTarGz(members, 1e9)).body;
}

/** The layer of such an archive. */
export async function layerOf(files: Readonly<Record<string, string>>): Promise<PushedBlob> {
  return { mediaType: FLUX.content, body: await archive(files) };
}

/** Pushes files under a tag of `repository`. */
export async function push(
  { server }: { readonly server: OciServer },
  repository: string,
  tag: string | undefined,
  files: Readonly<Record<string, string>>,
  options: PushOptions = {},
): Promise<Descriptor> {
  return pushArtifact({ url: server.url, repository }, tag, [await layerOf(files)], options);
}

/** Puts what the real cosign left in its registry into this one, under a tag. */
export async function publishSigned(
  { server }: { readonly server: OciServer },
  repository: string,
  { digest, manifests, blobs }: Contents,
  as = 'latest',
): Promise<string> {
  const to = { url: server.url, repository };
  for (const body of ['{}', ...Object.values(blobs).map((text) => Buffer.from(text, 'base64'))])
    await pushBlob(to, { mediaType: 'application/octet-stream', body: Buffer.from(body) });
  for (const [reference, { mediaType, text }] of Object.entries(manifests)) {
    const parsed: unknown = JSON.parse(text);
    const tag = reference.startsWith('sha256:') ? undefined : reference;
    await pushManifest(to, tag, mediaType, parsed);
    if (reference === digest) await pushManifest(to, as, mediaType, parsed);
  }
  return digest;
}

/** An OCIRepository of the server's repository of the same name, over plain HTTP. */
export function ociRepository(
  { server }: { readonly server: OciServer },
  { namespace }: Setting,
  name: string,
  spec: object = {},
): KubernetesObject {
  return {
    ...OCI_REPOSITORY,
    metadata: { namespace, name },
    spec: { url: `oci://${server.host}/org/${name}`, insecure: true, interval: '10m', ...spec },
  };
}

/** The OCIRepository `name` of the setting. */
export function ociAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...OCI_REPOSITORY, namespace, name };
}

/** A Secret with a Docker config. */
export function dockerConfig({ namespace }: Setting, name: string, auths: object): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { namespace, name },
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  };
}

/** The world's way out, and what went through it. */
export function watchedHttp(setting: Setting): {
  readonly http: Ports['http'];
  readonly asked: HttpRequest[];
} {
  const asked: HttpRequest[] = [];
  const http: Ports['http'] = (profile) => wrapped(setting.world.runtime.ports.http(profile));
  const wrap = (inner: ReturnType<Ports['http']>): ReturnType<Ports['http']> => ({
    request: (request) => {
      asked.push(request);
      return inner.request(request);
    },
  });
  const known = new Map<ReturnType<Ports['http']>, ReturnType<Ports['http']>>();
  // One object a way out, as the runtime has: what is remembered of a registry is remembered by it.
  const wrapped = (inner: ReturnType<Ports['http']>): ReturnType<Ports['http']> => {
    const made = known.get(inner) ?? wrap(inner);
    known.set(inner, made);
    return made;
  };
  return { http, asked };
}

/** `GET /v2/org/app/manifests/latest`, for each request. */
export function lines(asked: readonly HttpRequest[]): readonly string[] {
  return asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
}
