import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Where to push, and as whom. */
export interface PushTo {
  /** Such as `http://127.0.0.1:5000`. */
  readonly url: string;
  readonly repository: string;
  readonly authorization?: string;
  readonly ca?: string;
}

/** One layer, or what else a manifest names. */
export interface PushedBlob {
  readonly mediaType: string;
  readonly body: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What is pushed beside the layers. */
export interface PushOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config?: PushedBlob;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** What a manifest says of something. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
/** What `flux push artifact` makes. */
export const FLUX = {
  config: 'application/vnd.cncf.flux.config.v1+json',
  content: 'application/vnd.cncf.flux.content.v1.tar+gzip',
} as const;

/** Pushes an artifact as `flux push artifact` does, under a tag or by its digest alone. */
export async function pushArtifact(
  to: PushTo,
  tag: string | undefined,
  layers: readonly PushedBlob[],
  options: PushOptions = {},
): Promise<Descriptor> {
  const config = options.config ?? { mediaType: FLUX.config, body: Buffer.from('{}') };
  const described: unknown[] = [];
  for (const layer of layers) described.push(await pushBlob(to, layer));
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE,
    ...(options.artifactType && { artifactType: options.artifactType }),
    config: await pushBlob(to, config),
    layers: described,
    ...(options.subject && { subject: options.subject }),
    ...(options.annotations && { annotations: options.annotations }),
  };
  return pushManifest(to, tag, IMAGE, manifest);
}

/** Pushes a manifest or an index as it is. */
export async function pushManifest(
  to: PushTo,
  tag: string | undefined,
  mediaType: string,
  manifest: unknown,
): Promise<Descriptor> {
  const body = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(body);
  await send(to, 'PUT', `/v2/${to.repository}/manifests/${tag ?? digest}`, body, mediaType);
  return { mediaType, digest, size: body.length };
}

/** Pushes a blob. */
export async function pushBlob(to: PushTo, { mediaType, body, annotations }: PushedBlob) {
  const digest = digestOf(body);
  const { location = '' } = await send(to, 'POST', `/v2/${to.repository}/blobs/uploads/`);
  const url = new URL(location, to.url);
  url.searchParams.set('digest', digest);
  await send(to, 'PUT', url.pathname + url.search, body, 'application/octet-stream');
  return { mediaType, digest, size: body.length, ...(annotations && { annotations }) };
}

function digestOf(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

function send(
  { url, authorization, ca }: PushTo,
  method: string,
  path: string,
  body: Uint8Array = Buffer.alloc(0),
  type = 'application/octet-stream',
): Promise<{ readonly location?: string }> {
  const open = url.startsWith('https:') ? httpsRequest : httpRequest;
  const headers = {
    'content-type': type,
    'content-length': body.length,
    ...(authorization && { authorization }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = open(new URL(path, url), { method, headers, ...(ca && { ca }) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const { statusCode = 0 } = answer;
        if (statusCode >= 200 && statusCode < 300)
          return resolve({ location: answer.headers.location ?? '' });
        reject(new Error(`${method} ${path}: ${statusCode} ${Buffer.concat(chunks)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
