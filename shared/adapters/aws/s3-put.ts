import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Fault } from '../../core/failures.ts';
import type { PutCondition } from '../../ports.ts';
import { isSdkError, type SdkError } from './faults.ts';
import { placeOf, type S3Bucket, s3Fault } from './s3-bucket.ts';
import { MULTIPART_FROM_BYTES, type Put, putParts } from './s3-multipart.ts';

/** Ours: tries of a write that collided with another one (409), about 3 s in all. */
const CONFLICT_TRIES = 6;
/** Ours: the first pause between them in ms, doubled each time, half of it by chance. */
const CONFLICT_PAUSE_MS = 50;
/** What S3 calls it. */
const COLLISIONS: ReadonlySet<string> = new Set(['ConditionalRequestConflict', 'OperationAborted']);
/** Names the put that an object came from, as user metadata. */
const PUT_ID = 'sluice-put';

/** Puts whole or in parts. Faults: `precondition-failed`; `conflict` when others keep writing the same key. */
export async function put(
  bucket: S3Bucket,
  key: string,
  body: Uint8Array,
  condition: PutCondition | undefined,
): Promise<{ readonly etag: string }> {
  const id = bucket.chance.uuid();
  const one: Put = { key, body, metadata: { [PUT_ID]: id }, condition: headersOf(condition) };
  const write = body.byteLength >= MULTIPART_FROM_BYTES ? putParts : putWhole;
  let repeated = false;
  return untilSettled(bucket, 'put', key, async () => {
    try {
      return { etag: await write(bucket, one) };
    } catch (error) {
      const refused = isSdkError(error) && isRefusal(error, one);
      // The answer to an earlier try may have been lost on its way, and the refusal be about our own object.
      const own = refused && (repeated || wasRepeated(error)) ? await etagOfPut(bucket, key, id) : undefined;
      repeated = true;
      if (own !== undefined) return { etag: own };
      if (refused && error.name !== 'NoSuchUpload') throw notExpected(bucket, key, error);
      throw error;
    }
  });
}

/** Asks again while S3 says that another write of the key is under way (409), then throws what it said. */
export async function untilSettled<T>(
  bucket: S3Bucket,
  action: string,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const collided = isSdkError(error) && COLLISIONS.has(error.name);
      if (!collided || attempt === CONFLICT_TRIES) throw s3Fault(bucket, action, key, error);
      const longest = CONFLICT_PAUSE_MS * 2 ** attempt;
      await bucket.clock.sleep((longest * (1 + bucket.chance.number())) / 2);
    }
  }
}

/** Fault `precondition-failed` about `key`. */
export function notExpected(bucket: S3Bucket, key: string, cause: unknown): Fault {
  const text = `${placeOf(bucket, key)} is not what it was expected to be`;
  return new Fault('precondition-failed', text, { key }, cause);
}

async function putWhole({ client, address }: S3Bucket, one: Put): Promise<string> {
  const { key, body, metadata, condition } = one;
  const command = new PutObjectCommand({
    ...address,
    ...condition,
    Key: key,
    Body: body,
    Metadata: metadata,
  });
  return (await client.send(command)).ETag ?? '';
}

function headersOf(condition: PutCondition | undefined): Put['condition'] {
  return {
    ...(condition?.ifMatch !== undefined && { IfMatch: condition.ifMatch }),
    ...(condition?.ifAbsent && { IfNoneMatch: '*' as const }),
  };
}

/** Whether S3 found another object than expected, none where one was expected, or an upload that is already complete. */
function isRefusal(error: SdkError, { condition }: Put): boolean {
  if (error.name === 'NoSuchUpload' || error.$metadata?.httpStatusCode === 412) return true;
  return condition.IfMatch !== undefined && error.name === 'NoSuchKey';
}

function wasRepeated(error: SdkError): boolean {
  return (error.$metadata?.attempts ?? 1) > 1 || error.name === 'NoSuchUpload';
}

async function etagOfPut(
  { client, address }: S3Bucket,
  key: string,
  id: string,
): Promise<string | undefined> {
  const head = await client.send(new HeadObjectCommand({ ...address, Key: key })).catch(() => undefined);
  return head?.Metadata?.[PUT_ID] === id ? head.ETag : undefined;
}
