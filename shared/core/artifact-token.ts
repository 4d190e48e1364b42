import { timingSafeEqual } from 'node:crypto';
import { hmacHex } from './digests.ts';

/** 128 bits in hex: paths are guessable, this is not. */
const TOKEN_CHARACTERS = 32;

/** The path and query that fetch one artifact file: `/a/<cluster>/<path>?c=<token>`. */
export function artifactRequest(key: Uint8Array, cluster: string, path: string): string {
  return `/a/${cluster}/${path}?c=${artifactToken(key, cluster, path)}`;
}

/** The store's key of the pointer that such a path and query lead to; undefined when its token is not the right one, for which it does not matter what exists. */
export function requestedPointer(key: Uint8Array, path: string, query: URLSearchParams): string | undefined {
  const [, cluster = '', file = ''] = /^\/a\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const isRight = isSame(query.get('c') ?? '', artifactToken(key, cluster, file));
  return isRight ? `artifacts/${cluster}/${file}` : undefined;
}

/** What proves that whoever asks for the file has read the object's status. */
function artifactToken(key: Uint8Array, cluster: string, path: string): string {
  return hmacHex(key, `artifact\n${cluster}\n${path}`).slice(0, TOKEN_CHARACTERS);
}

function isSame(given: string, wanted: string): boolean {
  const one = Buffer.from(given);
  const other = Buffer.from(wanted);
  return one.length === other.length && timingSafeEqual(one, other);
}
