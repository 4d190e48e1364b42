import type { Bucket } from '../../api/bucket.ts';
import { packBucket } from '../../artifact/bucket/pack-bucket.ts';
import { DEFAULT_LIMITS } from '../../artifact/limits.ts';
import type { Packed } from '../../artifact/once.ts';
import { sha256Hex } from '../../core/digests.ts';
import type { Scope } from '../reconciler.ts';
import { fetchShared, type Shared } from '../source/share.ts';
import type { Listed } from './decide.ts';
import type { SeenAll } from './observe.ts';

/** What is told of a packed bucket besides its bytes. */
export interface BucketFacts {
  readonly revision: string;
  readonly files: number;
}

/** Downloads what has just been listed, once for all objects of the fleet that listed the same as the same identity. Faults as `packBucket`. */
export function packOnce(
  object: Bucket,
  listed: Listed,
  seen: SeenAll & { readonly bucket: NonNullable<SeenAll['bucket']> },
  scope: Scope,
): Promise<Packed<BucketFacts>> {
  return fetchShared(sharedOf(object, listed, seen), scope, async () => {
    const { open, indexed } = seen.bucket;
    const { body, digest, revision, files } = await packBucket(open(), indexed, DEFAULT_LIMITS);
    return { body, digest, size: body.byteLength, facts: { revision, files } };
  });
}

/** The index tells of keys and etags but not of the ignore file, which is packed too (BK-07). */
function sharedOf(
  { kind, spec }: Bucket,
  { revision }: Listed,
  { stored, bucket }: SeenAll & { readonly bucket: NonNullable<SeenAll['bucket']> },
): Shared | undefined {
  const { whose, indexed } = bucket;
  if (stored === 'corrupt' || whose === undefined) return undefined;
  const rules = indexed.ignoreFile === undefined ? null : sha256Hex(indexed.ignoreFile);
  return {
    kind,
    url: JSON.stringify([whose.place, spec.bucketName]),
    access: whose.access,
    of: revision,
    rules,
  };
}
