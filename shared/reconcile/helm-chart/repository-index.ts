import { loadBlob } from '../../artifact/blobs.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { convertIndex, MAX_INDEX_BYTES } from '../../helm/index/read.ts';
import { indexUrl } from '../../helm/repository-url.ts';
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
    const { digest, body } = await fetchShared(shared || undefined, way.scope, () =>
      fetchIndex(way, url, etag),
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

async function fetchIndex(way: Way, url: string, etag: string | undefined): Promise<Fetched<null>> {
  const answer = await askRepository(way, 'GET', url, MAX_INDEX_BYTES);
  const { body, digest } = convertIndex(answer.body);
  const index = { body, digest, size: body.byteLength, facts: null };
  // A server behind others may answer with an older one than it has just told of.
  return strongEtag(answer) === etag ? index : { ...index, alone: true };
}
