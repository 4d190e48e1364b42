import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROTOBUF } from '../../../../infra/local/cluster/protobuf/decode.ts';
import { type ServedCluster, servedCluster } from './served.ts';

// Field numbers are those of Kubernetes' generated.proto files.

const HEADERS = { 'content-type': PROTOBUF, accept: `${PROTOBUF},application/json` };

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster();
});
afterAll(() => cluster.close());

describe('typed Go clients', () => {
  test('an object is created, and answered as JSON, which such clients take as well', async () => {
    const body = envelope('v1', 'Namespace', [
      bytes(1, message(text(1, 'made'))),
      bytes(2, message()),
      bytes(3, message()),
    ]);
    const { status, json } = await cluster.ask('POST', '/api/v1/namespaces', { body, headers: HEADERS });

    expect(status).toBe(201);
    expect(json).toMatchObject({
      kind: 'Namespace',
      metadata: { name: 'made' },
      status: { phase: 'Active' },
    });
  });

  test('a deletion has its options', async () => {
    const body = envelope('v1', 'DeleteOptions', [text(5, 'All'), text(4, 'Background')]);
    const { status } = await cluster.ask('DELETE', '/api/v1/namespaces/default/configmaps/nope', {
      body,
      headers: HEADERS,
    });
    const wrong = envelope('v1', 'DeleteOptions', [text(5, 'Some')]);
    const refused = await cluster.ask('DELETE', '/api/v1/namespaces/default/configmaps/nope', {
      body: wrong,
      headers: HEADERS,
    });

    expect([status, refused.status]).toEqual([404, 422]);
  });

  test('what is malformed is a 400, and custom kinds have none', async () => {
    const malformed = await cluster.ask('POST', '/api/v1/namespaces', { body: 'k8s', headers: HEADERS });
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const custom = await cluster.ask('POST', crds, { body: 'k8s', headers: HEADERS });

    expect(malformed.json.code).toBe(400);
    expect(custom.json.code).toBe(415);
  });
});

function envelope(apiVersion: string, kind: string, fields: readonly Buffer[]): Buffer {
  const names = message(text(1, apiVersion), text(2, kind));
  return Buffer.concat([
    Buffer.from('k8s\0'),
    bytes(1, names),
    bytes(2, message(...fields)),
    text(3, ''),
    text(4, ''),
  ]);
}

function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

function text(number: number, value: string): Buffer {
  return bytes(number, Buffer.from(value));
}

function bytes(number: number, value: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(value.length)), value]);
}

function varint(value: bigint): Buffer {
  const written: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) written.push(Number(rest & 127n) | 128);
  return Buffer.from([...written, Number(rest)]);
}
