import { describe, expect, test } from 'vitest';
import { decodeObject, isReadable } from '../../../../infra/local/cluster/protobuf/decode.ts';
import { WireError } from '../../../../infra/local/cluster/protobuf/wire.ts';

/** A field in the encoding: a number, or what has a length. */
function field(number: number, value: bigint | string | Buffer): Buffer {
  if (typeof value === 'bigint') return Buffer.concat([varint(BigInt(number * 8)), varint(value)]);
  const content = Buffer.from(value as Buffer);
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** What a typed client sends: the kind's name, and its message of these fields. */
function sent(apiVersion: string, kind: string, ...fields: readonly Buffer[]): Buffer {
  const meta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  const raw = Buffer.concat(fields);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, meta), field(2, raw), field(3, ''), field(4, '')]);
}

const metadata = (...fields: readonly Buffer[]) => field(1, Buffer.concat(fields));

describe('a body of a typed client', () => {
  test('is the object that it would write in JSON', () => {
    const entry = Buffer.concat([field(1, 'release'), field(2, Buffer.from([0, 1, 255]))]);
    const body = sent(
      'v1',
      'Secret',
      metadata(field(1, 'sh.helm.release.v1.a.v1'), field(3, 'default'), field(4, ''), field(8, '')),
      field(2, entry),
      field(3, 'helm.sh/release.v1'),
    );

    expect(decodeObject(body)).toEqual({
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'sh.helm.release.v1.a.v1', namespace: 'default' },
      data: { release: 'AAH/' },
      type: 'helm.sh/release.v1',
    });
  });

  test('keeps a zero that was meant, and leaves out one that was not', () => {
    const spec = field(2, Buffer.concat([field(1, 0n), field(5, 0n), field(7, 0n)]));

    const object = decodeObject(sent('apps/v1', 'Deployment', spec));

    // replicas is a pointer in Go, minReadySeconds and paused are not.
    expect(object).toMatchObject({ spec: { replicas: 0 } });
    expect(Object.keys(object?.spec as object)).toEqual(['replicas']);
  });

  test('has numbers exactly, negative ones as well', () => {
    const options = sent('v1', 'DeleteOptions', field(1, -5n));
    const lease = field(2, Buffer.concat([field(2, 2n ** 31n - 1n)]));
    const huge = sent('v1', 'DeleteOptions', field(1, 2n ** 62n));

    expect(decodeObject(options)).toMatchObject({ gracePeriodSeconds: -5 });
    expect(decodeObject(sent('coordination.k8s.io/v1', 'Lease', lease))).toMatchObject({
      spec: { leaseDurationSeconds: 2_147_483_647 },
    });
    expect(decodeObject(huge)).toMatchObject({ gracePeriodSeconds: 2n ** 62n });
  });

  test('of DeleteOptions is read under every group', () => {
    for (const apiVersion of ['v1', 'apps/v1', 'example.org/v1']) {
      const body = sent(apiVersion, 'DeleteOptions', field(4, 'Foreground'), field(2, field(1, 'u')));

      expect(decodeObject(body)).toMatchObject({
        propagationPolicy: 'Foreground',
        preconditions: { uid: 'u' },
      });
    }
  });

  test('does not let a key reach what objects inherit', () => {
    const entry = Buffer.concat([field(1, '__proto__'), field(2, 'x')]);

    const data = decodeObject(sent('v1', 'ConfigMap', field(2, entry)))?.data;

    expect(Object.entries(data as object)).toEqual([['__proto__', 'x']]);
  });

  test('may hold what we do not know', () => {
    expect(decodeObject(sent('v1', 'Secret', field(3, 'Opaque'), field(999, 'x'), field(998, 1n)))).toEqual({
      ...{ kind: 'Secret', apiVersion: 'v1', type: 'Opaque' },
    });
  });
});

describe('a body that is not read', () => {
  test('is of a kind that is not built in', () => {
    expect(decodeObject(sent('example.org/v1', 'Widget'))).toBeUndefined();
    expect(isReadable('example.org/v1', 'Widget')).toBe(false);
    expect(isReadable('v1', 'Secret')).toBe(true);
    expect(isReadable('apps/v1', 'Secret')).toBe(false);
    expect(isReadable('v1', 'constructor')).toBe(false);
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"kind":"Secret","apiVersion":"v1"}')],
    ['an object without its wrapping', field(1, 'x')],
    ['cut off', sent('v1', 'Secret', field(3, 'Opaque')).subarray(0, 20)],
    ['longer than itself', sent('v1', 'Secret', Buffer.from([0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f]))],
    [
      'with an endless number',
      sent('v1', 'Secret', Buffer.concat([Buffer.from([0x28]), Buffer.alloc(12, 0xff)])),
    ],
    ['with a number where text is', sent('v1', 'Secret', field(3, 1n))],
    ['with text where a number is', sent('v1', 'DeleteOptions', field(1, 'x'))],
    ['with a group', sent('v1', 'Secret', Buffer.from([0x1b]))],
    ['with field 0', sent('v1', 'Secret', Buffer.from([0x02, 0x00]))],
  ])('is %s', (_, body) => {
    expect(() => decodeObject(body)).toThrow(WireError);
  });
});
