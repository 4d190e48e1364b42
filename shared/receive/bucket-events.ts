import { decodePercent } from '../core/percent.ts';

/** An object of a bucket that came, changed or went. */
export interface BucketEvent {
  readonly bucket: string;
  readonly key: string;
}

/** What a message of S3 says: its events, or that it says too little. */
export type BucketMessage = { readonly events: readonly BucketEvent[] } | { readonly broken: string };

// S3's names of what changes contents; tags, ACLs and replication do not.
const NOTIFIED = /^(?:s3:)?(?:Object(?:Created|Removed):|ObjectRestore:Completed|LifecycleExpiration:)/;
const BRIDGED: ReadonlySet<unknown> = new Set([
  'Object Created',
  'Object Deleted',
  'Object Restore Completed',
]);

/** The events in a notification of S3, or in one that came through EventBridge; undefined for any other message. */
export function parseBucketMessage(body: string): BucketMessage | undefined {
  const value = parse(body);
  if (!isRecord(value)) return undefined;
  // Sent once, when notifications are set up.
  if (value.Service === 'Amazon S3' && value.Event === 's3:TestEvent') return { events: [] };
  if (value.source === 'aws.s3' && typeof value['detail-type'] === 'string') return bridged(value);
  const records: unknown = value.Records;
  if (!Array.isArray(records) || records.length === 0) return undefined;
  return records.every((record) => isRecord(record) && record.eventSource === 'aws:s3')
    ? notified(records as readonly Fields[])
    : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function bridged({ detail, 'detail-type': type }: Fields): BucketMessage {
  if (!BRIDGED.has(type)) return { events: [] };
  const found = eventOf(detail);
  return found ? { events: [found] } : { broken: 'an event of S3 that names no object' };
}

/** Keys are encoded as forms are. */
function notified(records: readonly Fields[]): BucketMessage {
  const changes = records.filter(
    ({ eventName }) => typeof eventName === 'string' && NOTIFIED.test(eventName),
  );
  const events = changes.map(({ s3 }) => eventOf(s3));
  if (events.includes(undefined)) return { broken: 'a notification of S3 that names no object' };
  return {
    events: (events as readonly BucketEvent[]).map(({ bucket, key }) => ({
      bucket,
      key: decodePercent(key.replaceAll('+', ' ')),
    })),
  };
}

function eventOf(value: unknown): BucketEvent | undefined {
  const { bucket, object } = isRecord(value) ? value : {};
  const name = isRecord(bucket) ? bucket.name : undefined;
  const key = isRecord(object) ? object.key : undefined;
  return typeof name === 'string' && name !== '' && typeof key === 'string'
    ? { bucket: name, key }
    : undefined;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
