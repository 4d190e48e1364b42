import { hmacHex } from './digests.ts';

/** 128 bits in hex: paths are guessable, this is not. */
const TOKEN_CHARACTERS = 32;

/** The path and query that fetch one artifact file: `/a/<cluster>/<path>?c=<token>`. */
export function artifactRequest(key: Uint8Array, cluster: string, path: string): string {
  return `/a/${cluster}/${path}?c=${artifactToken(key, cluster, path)}`;
}

/** What proves that whoever asks for the file has read the object's status. */
export function artifactToken(key: Uint8Array, cluster: string, path: string): string {
  return hmacHex(key, `artifact\n${cluster}\n${path}`).slice(0, TOKEN_CHARACTERS);
}
