import { loadBlob } from '../../artifact/blobs.ts';
import { SMALL_LIMITS } from '../../artifact/limits.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { convertIndex, MAX_INDEX_BYTES } from '../../helm/index/read.ts';
import { indexUrl } from '../../helm/repository-url.ts';
import type { Size } from '../room.ts';
import { MAX_HEAD_BYTES, strongEtag } from '../source/etag.ts';
import { type Fetched, fetchShared } from '../source/share.ts';
import { askRepository } from './ask-repository.ts';
import type { Way } from './repository.ts';

/** The index of a repository, converted. */
export interface StoredIndex {
  /** `sha256:<hex>` */
  readonly digest: string;
  load(): Promise<Uint8Array>;
}

/**
 * The index of a repository that no HelmRepository keeps: by a HEAD where that tells a strong etag, and then fetched once
 * for all of the fleet who were told the same as the same identity; else by everybody. Faults: the Http port's,
 * `unauthorized`, `not-found`, `malformed`, `too-large`.
 */
export async function askForIndex(way: Way): Promise<StoredIndex> {
  try {
    const url = indexUrl(way.url);
    const etag = await etagOf(way, url);
    const access = [way.headers, way.tls];
    const shared = etag && { kind: 'index of charts', url, access, of: etag, rules: null };
    const { digest, body } = await fetchShared(shared || undefined, way.scope, (size) =>
      fetchIndex(way, url, etag, size),
    );
    const { store } = way.scope.ports;
    return { digest, load: async () => body ?? (await loadBlob(store, digest)).body };
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `failed to cache index: ${messageOf(error)}`, error.data, error);
  }
}

/** Some servers know no HEAD, or end the connection: the GET says what there is to say. */
async function etagOf(way: Way, url: string): Promise<string | undefined> {
  try {
    return strongEtag(await askRepository(way, 'HEAD', url, MAX_HEAD_BYTES));
  } catch (error) {
    if (!isFault(error) || isFault(error, 'timeout')) throw error;
    return undefined;
  }
}

async function fetchIndex(
  way: Way,
  url: string,
  etag: string | undefined,
  size: Size,
): Promise<Fetched<null>> {
  const most = size === 'small' ? SMALL_LIMITS.packBytes : MAX_INDEX_BYTES;
  const answer = await askRepository(way, 'GET', url, most);
  const { body, digest } = convertIndex(answer.body);
  const index = { body, digest, size: body.byteLength, facts: null };
  // A server behind others may answer with an older one than it has just told of.
  return strongEtag(answer) === etag ? index : { ...index, alone: true };
}
