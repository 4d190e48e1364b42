import type { Bucket } from '../../api/bucket.ts';
import { revisionOf } from '../../artifact/bucket/bucket-index.ts';
import { packBucket } from '../../artifact/bucket/pack-bucket.ts';
import { limitsFor } from '../../artifact/limits.ts';
import type { Packed } from '../../artifact/once.ts';
import type { Scope } from '../reconciler.ts';
import type { Size } from '../room.ts';
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
  const { open, read, indexed, isLarge } = seen.bucket;
  const fetch = async (size: Size) => {
    const limits = limitsFor(size);
    const found = indexed ?? (await read(limits));
    // What was listed when it was looked at is what others are told of.
    const isOther = indexed === undefined && revisionOf(found.index) !== listed.revision;
    const { body, digest, revision, files } = await packBucket(open(), found, limits);
    const facts = { revision, files };
    return { body, digest, size: body.byteLength, facts, ...(isOther && { alone: true as const }) };
  };
  return fetchShared(sharedOf(object, listed, seen), scope, fetch, isLarge);
}

/** The index tells of keys and etags but not of the ignore file, which is packed too (BK-07). */
function sharedOf(
  { kind, spec }: Bucket,
  { revision }: Listed,
  { stored, bucket }: SeenAll & { readonly bucket: NonNullable<SeenAll['bucket']> },
): Shared | undefined {
  const { whose, rules } = bucket;
  if (stored === 'corrupt' || whose === undefined) return undefined;
  return {
    kind,
    url: JSON.stringify([whose.place, spec.bucketName]),
    access: whose.access,
    of: revision,
    rules,
  };
}
