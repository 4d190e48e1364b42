import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_DELIVERY_BYTES } from '../../../shared/core/http-event.ts';
import { receive } from '../../../shared/receive/receive.ts';
import { macOf } from '../../../shared/receive/signature.ts';
import { proven } from '../../../shared/receive/verify.ts';
import { processorTime } from '../../processor-time.ts';
import { createReceiving, entry, event, PUBLISHED, pathOf, signed } from './world.ts';

const known = entry();
const path = pathOf(known);
const UNKNOWN = `/hook/${'0'.repeat(64)}`;

describe('a body', () => {
  test('[RC-11 body] of 3 MiB is taken, one byte more is refused at any path, proven or not', async () => {
    const receiving = await createReceiving(known);
    const largest = Buffer.alloc(MAX_DELIVERY_BYTES, 'a');
    const larger = Buffer.alloc(MAX_DELIVERY_BYTES + 1, 'a');
    const post = async (at: string, body: Buffer): Promise<number> => {
      const request = { body: body.toString('base64'), isBase64Encoded: true, headers: signed(body) };
      return (await receive(event(at, request), receiving.ports)).statusCode;
    };

    expect(MAX_DELIVERY_BYTES).toBe(3_145_728);
    expect(await post(path, largest)).toBe(202);
    expect(await post(path, larger)).toBe(413);
    expect(await post(UNKNOWN, larger)).toBe(413);
  });

  test('in base64 is verified by the bytes that it stands for, also when they are no text', async () => {
    const receiving = await createReceiving(known);
    const body = Buffer.from([0x7b, 0xff, 0x00, 0xc3, 0x28, 0x7d]);
    const request = { headers: signed(body), isBase64Encoded: true, body: body.toString('base64') };

    expect((await receive(event(path, request), receiving.ports)).statusCode).toBe(202);
    const asText = { ...request, isBase64Encoded: false };
    expect((await receive(event(path, asText), receiving.ports)).statusCode).toBe(404);
  });

  test('that was cut off on its way is not what was signed', async () => {
    const receiving = await createReceiving(known);
    const body = '{"ref":"refs/heads/main"}';

    expect((await receiving.post(path, body.slice(0, -1), signed(body))).statusCode).toBe(404);
    expect((await receiving.post(path, '', signed(body))).statusCode).toBe(404);
  });

  test('that is compressed is refused before it is unpacked, at any path', async () => {
    const receiving = await createReceiving(known);
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    for (const encoding of ['gzip', 'GZIP', 'deflate', 'br', 'identity, gzip'])
      for (const at of [path, UNKNOWN]) {
        const headers = { ...signed(bomb), 'content-encoding': encoding };
        const request = { headers, body: bomb.toString('base64'), isBase64Encoded: true };
        expect((await receive(event(at, request), receiving.ports)).statusCode).toBe(415);
      }
    const plain = { ...signed('{}'), 'content-encoding': 'identity' };
    expect((await receiving.post(path, '{}', plain)).statusCode).toBe(202);
  });

  test('that is no JSON is none of our business where nothing of it is read', async () => {
    const receiving = await createReceiving(known);

    expect((await receiving.post(path, 'not JSON', signed('not JSON'))).statusCode).toBe(202);
  });
});

test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post'])(
  '%s is refused at any path',
  async (method) => {
    const receiving = await createReceiving(entry({ type: 'generic' }));

    for (const at of [path, UNKNOWN])
      expect((await receive(event(at, { method }), receiving.ports)).statusCode).toBe(405);
  },
);

describe('headers', () => {
  test('that are missing, empty or say two things prove nothing', async () => {
    const receiving = await createReceiving(known);
    const { signature, body } = PUBLISHED;
    for (const value of [
      '',
      ' ',
      'sha256',
      `${signature},${signature}`,
      `${signature} `,
      `sha256=${'g'.repeat(64)}`,
    ])
      expect((await receiving.post(path, body, { 'x-hub-signature-256': value })).statusCode).toBe(404);
    expect((await receiving.post(path, body, {})).statusCode).toBe(404);
  });

  test('named like fields of every object are only names', async () => {
    const receiving = await createReceiving(entry({ type: 'gitlab' }));
    const headers = JSON.parse('{"__proto__":"x","constructor":"y","x-gitlab-token":"z"}');

    expect((await receiving.post(path, '{}', headers)).statusCode).toBe(404);
  });

  test('a token that is empty opens nothing', () => {
    const request = { headers: { 'x-gitlab-token': '', authorization: '' }, body: Buffer.from('') };
    const token = new Uint8Array();

    expect(
      proven(
        [
          { type: 'gitlab', token },
          { type: 'harbor', token },
        ],
        request,
      ),
    ).toEqual([]);
  });

  test('long ones are read in time that their length bounds', async () => {
    const receiving = await createReceiving(known);
    const cost = await processorTime(async () => {
      for (const long of ['a'.repeat(250_000), `sha256=${'0'.repeat(250_000)}`, `${'; '.repeat(120_000)}`])
        await receiving.post(path, '{}', {
          'x-hub-signature-256': long,
          'content-type': long,
          'x-github-event': long,
        });
    });

    expect(cost).toBeLessThan(2000);
  });
});

describe('an unknown path and a wrong signature', () => {
  test('[RC-12 alike] are answered alike, to the byte', async () => {
    const receiving = await createReceiving(
      known,
      entry({ type: 'gitlab', owner: { cluster: 'c2', namespace: 'a', name: 'b' } }),
    );
    const gitlab = pathOf(entry({ owner: { cluster: 'c2', namespace: 'a', name: 'b' } }));
    const forged = signed('{}', 'wrong', { 'x-gitlab-token': 'wrong' });

    const answers = [];
    for (const at of [UNKNOWN, path, gitlab, '/hook/none', '/'])
      answers.push(await receiving.post(at, '{}', forged));

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ statusCode: 404, body: 'not found\n' });
  });

  test('[RC-40 constant-time] cost the same, whatever type is asked and whatever header is sent', () => {
    const body = Buffer.alloc(1000, 'a');
    const work = (types: readonly string[], headers: Readonly<Record<string, string>>): readonly string[] => {
      const done: string[] = [];
      const compute: typeof macOf = (algorithm, token, bytes) => {
        done.push(`${algorithm} of ${bytes.length}`);
        return macOf(algorithm, token, bytes);
      };
      const known = types.map((type) => ({ type, token: Buffer.from('token') }));
      proven(known, { headers, body }, compute);
      return done;
    };

    for (const algorithm of ['sha1', 'sha256', 'sha512'] as const) {
      const mac = Buffer.from(macOf(algorithm, Buffer.from('wrong'), body)).toString('hex');
      for (const name of ['x-hub-signature-256', 'x-hub-signature', 'x-signature']) {
        const headers = { [name]: `${algorithm}=${mac}`, 'x-gitlab-token': 'wrong', authorization: 'wrong' };
        for (const types of [[], ['github'], ['gitlab'], ['harbor'], ['generic-hmac'], ['github', 'gitlab']])
          expect(work(types, headers)).toEqual([`${algorithm} of 1000`]);
      }
    }
    for (const types of [[], ['github'], ['gitlab'], ['harbor'], ['generic-hmac'], ['quay']])
      expect(work(types, { 'x-signature': 'nonsense' })).toEqual(['sha256 of 1000']);
  });
});
