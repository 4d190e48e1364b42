import type { Bucket } from '../../api/bucket.ts';
import { REASON } from '../../api/vocabulary.ts';
import { type IndexedBucket, readIndex, revisionOf } from '../../artifact/bucket/bucket-index.ts';
import { openOwnBucket } from '../../artifact/bucket/own-bucket.ts';
import type { BucketReader } from '../../artifact/bucket/reader.ts';
import { NO_BUCKET } from '../../artifact/bucket/s3-faults.ts';
import { openS3 } from '../../artifact/bucket/s3-reader.ts';
import { type ArtifactLimits, DEFAULT_LIMITS, limitsFor, SMALL_LIMITS } from '../../artifact/limits.ts';
import { sha256Hex } from '../../core/digests.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { Scope } from '../reconciler.ts';
import { hasOutgrown, inRoom, noteOutgrown } from '../room.ts';
import { addressesOf } from '../source/addresses.ts';
import { storedState } from '../source/artifacts.ts';
import type { Result } from '../source/seen.ts';
import { closedGate, readAccess } from './access.ts';
import type { Opener, Opening } from './access-result.ts';
import { readAzure } from './azure.ts';
import { type Seen, type Trouble, unsupported } from './decide.ts';
import { readGoogle } from './google.ts';
import { type Place, placeOf } from './place.ts';

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  /** The bucket, and what was found in it. */
  readonly bucket: (OpenBucket & Look) | undefined;
}

interface Look {
  /** Undefined where it is too large to be held until its turn comes: it is read again then. */
  readonly indexed: IndexedBucket | undefined;
  /** Whether what is in it is more than is downloaded beside others. */
  readonly isLarge: boolean;
  /** Of the ignore file; null without one. */
  readonly rules: string | null;
  /** Lists it. */
  readonly read: (limits: ArtifactLimits) => Promise<IndexedBucket>;
}

interface OpenBucket {
  readonly open: () => BucketReader;
  /** Where it is and who asks; undefined where it is this cluster's alone, or nobody else is who asks. Holds secrets. */
  readonly whose: { readonly place: Place; readonly access: object } | undefined;
}

type Opened = OpenBucket | { readonly trouble: Trouble };

/** Looks at the store, the Secrets and, with a request a thousand objects, at the bucket. */
export async function observe(object: Bucket, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const addresses = addressesOf(object, scope);
  const nothing = { listed: undefined, trouble: undefined, bucket: undefined } as const;
  const none = { now, stored: 'none', addresses, ...nothing } as const;
  const refused = closedGate(object, scope) ?? unsupported(object.spec);
  if (refused !== undefined) return { ...none, trouble: refused };
  const stored = await storedState(object, scope);
  const opened = await openBucket(object, scope);
  if ('trouble' in opened) return { ...none, stored, trouble: opened.trouble };
  const { prefix = '', ignore } = object.spec;
  const read = (limits: ArtifactLimits) => readIndex(opened.open(), { prefix, ignore }, limits);
  try {
    const { listed, look } = await lookAt(object, read, scope);
    return { ...none, stored, listed, bucket: { ...opened, ...look, read } };
  } catch (error) {
    return { ...none, stored, trouble: listingTrouble(object, error) };
  }
}

/** Lists the bucket; one of very many objects when it is its turn to be large. */
async function lookAt({ metadata }: Bucket, read: Look['read'], scope: Scope) {
  const uid = metadata.uid ?? '';
  return inRoom(scope, hasOutgrown(scope, uid), async (size) => {
    const indexed = await read({ ...DEFAULT_LIMITS, entries: limitsFor(size).entries });
    if (size === 'large') noteOutgrown(scope, uid);
    const { index, ignoreFile } = indexed;
    const listed = { revision: revisionOf(index), files: index.size };
    const rules = ignoreFile === undefined ? null : sha256Hex(ignoreFile);
    const held = size === 'large' ? undefined : indexed;
    return { listed, look: { indexed: held, isLarge: size === 'large' || isLarge(indexed), rules } };
  });
}

/** Whether its sizes say so already. */
function isLarge({ index }: IndexedBucket): boolean {
  const sizes = [...index.values()].map(({ size = 0 }) => size);
  const sum = sizes.reduce((all, size) => all + size, 0);
  return sum > SMALL_LIMITS.inflatedBytes || sizes.some((size) => size > SMALL_LIMITS.objectBytes);
}

/** Each opening has spec.timeout of its own, as upstream's listing and downloads have. */
async function openBucket(object: Bucket, scope: Scope): Promise<Opened> {
  const { spec } = object;
  const { ports, record } = scope;
  const place = placeOf(spec, record.id, ports.deployment.bucket);
  if (place.at === 'nowhere') return place;
  if (place.at === 'own') return { open: () => openOwnBucket(ports.store, place.view), whose: undefined };
  const openWith = await readOpener(object, place, scope);
  if ('trouble' in openWith) return openWith;
  const open = (): BucketReader => {
    const signal = AbortSignal.any([scope.signal, ports.clock.timeout(parseDuration(spec.timeout))]);
    return openWith.found.open({ http: ports.http(record.settings.profile), clock: ports.clock, signal });
  };
  const { access } = openWith.found;
  return { open, whose: access && { place, access } };
}

async function readOpener(
  object: Bucket,
  place: Place & { readonly at: 's3' | 'azure' | 'google' },
  scope: Scope,
): Promise<Result<Opener>> {
  if (place.at === 'google') return readGoogle(object, scope);
  if (place.at === 'azure') return readAzure(object, place.address, scope);
  const access = await readAccess(object, place.address, scope);
  if ('trouble' in access) return access;
  const { who, credentials, ...way } = access.found;
  const open = (opening: Opening): BucketReader => openS3(place.address, { ...way, credentials, ...opening });
  return { found: { open, access: who && { ...way, ...who } } };
}

function listingTrouble({ spec }: Bucket, error: unknown): Trouble {
  if (!isFault(error)) throw error;
  const { bucketName } = spec;
  if (error.code === 'not-found' && error.data.reason === NO_BUCKET)
    return operationFailed(`bucket '${bucketName}' not found`);
  const text = redact(messageOf(error));
  const isOfContent = error.code === 'malformed' || error.code === 'too-large';
  return operationFailed(
    isOfContent
      ? `indexation of objects from bucket '${bucketName}' failed: ${text}`
      : `failed to confirm existence of '${bucketName}' bucket: ${text}`,
  );
}

/** What went wrong while objects were downloaded; anything but a Fault is a bug and thrown on. */
export function downloadTrouble({ spec }: Bucket, error: unknown): Trouble {
  if (!isFault(error)) throw error;
  return operationFailed(`fetch from bucket '${spec.bucketName}' failed: ${redact(messageOf(error))}`);
}

function operationFailed(message: string): Trouble {
  return { condition: 'FetchFailed', reason: REASON.bucketOperationFailed, message };
}
