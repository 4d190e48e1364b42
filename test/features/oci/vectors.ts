import { readFileSync } from 'node:fs';
import { Fault } from '../../../shared/core/failures.ts';
import { type Descriptor, isRecord } from '../../../shared/oci/descriptor.ts';
import type { Registry } from '../../../shared/oci/registry.ts';
import type { Http } from '../../../shared/ports.ts';

/** What stands in a repository: manifests by reference, blobs in base64 by digest. */
export interface Contents {
  readonly digest: string;
  readonly manifests: Readonly<Record<string, { readonly mediaType: string; readonly text: string }>>;
  readonly blobs: Readonly<Record<string, string>>;
}

/** What the real cosign made. */
export interface CosignVectors {
  readonly publicKey: string;
  readonly trustedRoot: unknown;
  readonly signed: Readonly<
    Record<'key-claim' | 'key-bundle' | 'keyless-claim' | 'keyless-bundle', Contents>
  >;
}

/** The artifacts of `vectors/cosign.json`. */
export function cosignVectors(): CosignVectors {
  return JSON.parse(readFileSync(new URL('vectors/cosign.json', import.meta.url), 'utf8')) as CosignVectors;
}

/** A registry of these contents. */
export function registryOf({ manifests, blobs }: Contents): Registry {
  const manifest: Registry['manifest'] = async (reference) => {
    const found = manifests[reference];
    if (found === undefined) throw new Fault('not-found', `no ${reference}`);
    return { bytes: Buffer.from(found.text), digest: reference, mediaType: found.mediaType };
  };
  return {
    manifest,
    digestOf: async (tag) => (await manifest(tag)).digest,
    blob: async ({ digest }) => Buffer.from(blobs[digest] ?? '', 'base64'),
    tags: async () => [],
    referrers: async (digest) =>
      Object.entries(manifests).flatMap(([reference, { mediaType, text }]) => {
        const parsed = JSON.parse(text) as { subject?: { digest?: string }; artifactType?: string };
        if (!isRecord(parsed.subject) || parsed.subject.digest !== digest) return [];
        const { artifactType = '' } = parsed;
        return [{ digest: reference, size: text.length, mediaType, artifactType }];
      }),
  };
}

/** A signature, under one policy, where some servers answer: by the beginnings of their URLs. Names are those of blobs. */
export interface NotationCase {
  readonly name: string;
  readonly policy: {
    readonly trustPolicies: readonly {
      readonly signatureVerification: { readonly level: string; readonly override?: object };
    }[];
  };
  readonly roots: readonly string[];
  readonly mediaType: string;
  readonly envelope: string;
  readonly answers: Readonly<Record<string, { readonly status: number; readonly body: string }>>;
  /** What notation's own verifier has asked, and said. */
  readonly asked: readonly string[];
  readonly verdict: 'verified' | 'failed' | 'ignored';
  readonly message?: string;
}

/** What `notation-module` made, at one moment. */
export interface NotationVectors {
  readonly now: string;
  readonly artifact: Descriptor;
  /** Of the artifact, in base64. */
  readonly layer: string;
  readonly cases: readonly NotationCase[];
  readonly blobs: Readonly<Record<string, string>>;
}

/** The signatures of `vectors/notation.json`. */
export function notationVectors(): NotationVectors {
  return JSON.parse(
    readFileSync(new URL('vectors/notation.json', import.meta.url), 'utf8'),
  ) as NotationVectors;
}

/** A registry that has the artifact with this one signature. */
export function registryWith(
  { envelope, mediaType }: NotationCase,
  blobs: NotationVectors['blobs'],
): Registry {
  const none = async (): Promise<never> => {
    throw new Error('not asked for');
  };
  const signature = {
    digest: `sha256:${'a'.repeat(64)}`,
    size: 1,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
  };
  const layers = [{ mediaType, digest: `sha256:${'b'.repeat(64)}`, size: 1 }];
  const manifest = { schemaVersion: 2, mediaType: signature.mediaType, layers };
  return {
    referrers: async () => [{ ...signature, artifactType: 'application/vnd.cncf.notary.signature' }],
    manifest: async (digest) => ({
      bytes: Buffer.from(JSON.stringify(manifest)),
      digest,
      mediaType: manifest.mediaType,
    }),
    blob: async () => Buffer.from(blobs[envelope] ?? '', 'base64'),
    ...{ digestOf: none, tags: none },
  };
}

/** The way out to the servers of a case, and what went through it. */
export function serversOf(
  { answers }: Pick<NotationCase, 'answers'>,
  blobs: NotationVectors['blobs'],
): { readonly http: Http; readonly asked: string[] } {
  const asked: string[] = [];
  const request: Http['request'] = async ({ method, url, maxBytes }) => {
    asked.push(`${method} ${url}`);
    const begin = Object.keys(answers).find((one) => url.startsWith(one));
    const found = begin === undefined ? undefined : answers[begin];
    if (found === undefined) throw new Fault('unreachable', `cannot reach ${new URL(url).host}`);
    const body = Buffer.from(blobs[found.body] ?? '', 'base64');
    if (body.length > maxBytes) throw new Fault('too-large', `the answer is larger than ${maxBytes} bytes`);
    return { status: found.status, headers: {}, body, url };
  };
  return { http: { request }, asked };
}
