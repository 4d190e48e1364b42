import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { serve } from '../../features/http/web-server.ts';
import { tarGz } from '../../features/oci/tar.ts';
import { FLUX, IMAGE } from '../../servers/oci-push.ts';

/** What answers in place of the registry; false leaves it to the registry. */
export type OddAnswer = (
  what: 'manifests' | 'blobs',
  response: ServerResponse,
  request: IncomingMessage,
) => boolean;

/** A registry of one repository with one tag, on the loopback until the test is over. */
export interface OddRegistry {
  readonly host: string;
  readonly url: string;
  /** Makes an artifact with this layer the newest. */
  readonly push: (layer: Uint8Array) => void;
  /** From now on. */
  readonly turn: (odd: OddAnswer) => void;
}

/** Starts it with a small artifact. */
export async function startOddRegistry(): Promise<OddRegistry> {
  let odd: OddAnswer = () => false;
  let content = contentOf(tarGz({ name: 'good.yaml', body: 'a: 1\n' }));
  const url = await serve((request, response) => {
    const [, what = '', name = ''] = /^\/v2\/.*\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
    if ((what === 'manifests' || what === 'blobs') && odd(what, response, request)) return;
    const body = content.get(name);
    if (body === undefined) return void response.writeHead(what === '' ? 200 : 404).end();
    response.setHeader('content-length', body.byteLength);
    response.setHeader('docker-content-digest', digestOf(body));
    if (what === 'manifests') response.setHeader('content-type', IMAGE);
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  return {
    ...{ host: new URL(url).host, url },
    push: (layer) => {
      content = contentOf(layer);
    },
    turn: (answer) => {
      odd = answer;
    },
  };
}

/** Manifest, config and layer, by digest; the manifest by its tag, too. */
function contentOf(layer: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const config = Buffer.from('{}');
  const described = (mediaType: string, body: Uint8Array) => ({
    mediaType,
    digest: digestOf(body),
    size: body.byteLength,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE,
      config: described(FLUX.config, config),
      layers: [described(FLUX.content, layer)],
    }),
  );
  const bodies = [config, layer, manifest];
  return new Map([...bodies.map((body) => [digestOf(body), body] as const), ['latest', manifest] as const]);
}

function digestOf(body: Uint8Array): string {
  return `sha256:${sha256Hex(body)}`;
}

/** 10 GB of zeros in 10 MB: members of gzip, one behind the other, are one stream. */
export function zeros(): Uint8Array {
  const member = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  return Buffer.concat(Array.from({ length: 160 }, () => member));
}
