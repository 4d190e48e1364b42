import { describe, expect, onTestFinished, test } from 'vitest';
import { createS3Store } from '../../shared/adapters/aws/s3-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { faultOf } from './fault-of.ts';
import { brokenOff, damaged, fine, lost, refusal, startS3Stub, type Trouble } from './s3-stub.ts';

const text = (body: string) => new TextEncoder().encode(body);

/** A store on a stub that makes trouble. */
async function storeIn(...troubles: readonly Trouble[]) {
  const stub = await startS3Stub(troubles);
  const store = createS3Store({
    access: stub.access,
    bucket: 'stub',
    clock: systemClock,
    chance: systemChance,
  });
  onTestFinished(() => store.close());
  return { store, ...stub };
}

describe('an S3 store in trouble', () => {
  test('a put that was carried out, and whose answer was lost, is not refused by itself', async () => {
    const { store, requests } = await storeIn(lost);

    const { etag } = await store.put('lease', text('mine'), { ifAbsent: true });

    expect((await store.get('lease'))?.etag).toBe(etag);
    expect(requests).toEqual(['PUT', 'PUT', 'HEAD', 'GET']);
  });

  test("a put whose answer was lost, and that came too late, is refused: the object is another's", async () => {
    const { store, objects } = await storeIn(fine, refusal(500, 'InternalError'));
    await store.put('lease', text('theirs'), { ifAbsent: true });

    await faultOf(store.put('lease', text('mine'), { ifAbsent: true }), 'precondition-failed');

    expect([...objects.values()].map(({ body }) => body.toString())).toEqual(['theirs']);
  });

  test('a collision with another write is tried again', async () => {
    const collision = refusal(409, 'ConditionalRequestConflict');
    const { store, requests } = await storeIn(collision, collision);

    await store.put('k', text('x'), { ifAbsent: true });

    expect(requests).toEqual(['PUT', 'PUT', 'PUT']);
  });

  test('collisions that do not end are a fault', async () => {
    const collision = refusal(409, 'ConditionalRequestConflict');
    const { store } = await storeIn(...Array.from({ length: 20 }, () => collision));

    await faultOf(store.put('k', text('x'), { ifAbsent: true }), 'conflict');
  });

  test('another kind of conflict is not tried again', async () => {
    const { store, requests } = await storeIn(refusal(409, 'InvalidBucketState'));

    await store.put('k', text('x')).catch(() => undefined);

    expect(requests).toHaveLength(1);
  });

  test.each([
    ['breaks off', brokenOff],
    ['is damaged', damaged],
  ])('an answer that %s is read again', async (_what, trouble) => {
    const { store } = await storeIn(fine, trouble, trouble);
    await store.put('k', text('whole'));

    expect((await store.get('k'))?.body).toEqual(text('whole'));
  });

  test('an answer that breaks off each time is a fault, never half a body', async () => {
    const { store } = await storeIn(fine, ...Array.from({ length: 9 }, () => brokenOff));
    await store.put('k', text('whole'));

    await faultOf(store.get('k'), 'unreachable');
  });

  test.each([
    [403, 'AccessDenied', 'forbidden'],
    [403, 'ExpiredToken', 'unauthorized'],
    [503, 'SlowDown', 'throttled'],
    [500, 'InternalError', 'server-error'],
    [301, 'PermanentRedirect', 'invalid'],
  ] as const)('%d %s is told as %s, with the place', async (status, code, fault) => {
    const { store } = await storeIn(...Array.from({ length: 9 }, () => refusal(status, code)));

    const { message } = await faultOf(store.get('some/key'), fault);

    expect(message).toContain('stub');
  });

  test('the path of a webhook is in no message', async () => {
    const { store } = await storeIn(refusal(403, 'AccessDenied'));

    const { message } = await faultOf(store.get('hooks/5ec2e7'), 'forbidden');

    expect(message).not.toContain('5ec2e7');
    expect(message).toContain('permission');
  });

  test('nobody at the address is a fault to try again', async () => {
    const store = createS3Store({
      access: { region: 'eu-central-1', endpoint: 'http://127.0.0.1:1', credentials },
      bucket: 'stub',
      clock: systemClock,
      chance: systemChance,
    });

    await faultOf(store.get('k'), 'unreachable');
  });
});

const credentials = { accessKeyId: 'stub', secretAccessKey: 'stub' };
