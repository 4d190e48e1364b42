import { describe, expect, test } from 'vitest';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import { parseSignature } from '../../../shared/receive/signature.ts';
import { webhookPath } from '../../../shared/receive/webhook-path.ts';
import { createReceiving, entry, PUBLISHED, pathOf } from './world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
/** RFC 2202 and RFC 4231, the second test cases of HMAC: one key and one text for every hash function. */
const RFC = {
  token: 'Jefe',
  body: 'what do ya want for nothing?',
  sha1: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  sha512:
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
} as const;

/** The status that a delivery gets from a Receiver of that type with that token. */
async function statusOf(
  type: string,
  token: string | Uint8Array,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const known: HookEntry = entry({ type, token: Buffer.from(token).toString('base64') });
  const receiving = await createReceiving(known);
  return (await receiving.post(pathOf(known), body, headers)).statusCode;
}

test('[RC-09 path] the path is a digest of token, name and namespace with nothing between them', () => {
  expect(webhookPath(Buffer.from('token'), 'name', 'ns')).toBe(
    '/hook/9f3f1bb97bc2396f3fa58dc72a9c08a57c02e524af1250535429cdb90db6028e',
  );
});

describe('github', () => {
  test("[RC-26 signature] GitHub's own example is proven, and nothing near it", async () => {
    const { token, body, signature } = PUBLISHED;
    const given = (header: string): Promise<number> =>
      statusOf('github', token, body, { ...JSON_TYPE, 'x-hub-signature-256': header });

    expect(await given(signature)).toBe(202);
    expect(await given(signature.replace(/7$/, '8'))).toBe(404);
    expect(await given(signature.slice(0, -2))).toBe(404);
    expect(await given(signature.replace('sha256=', ''))).toBe(404);
    expect(await given('sha256=')).toBe(404);
    expect(
      await statusOf('github', token, 'Hello, World', { ...JSON_TYPE, 'x-hub-signature-256': signature }),
    ).toBe(404);
    expect(await statusOf('github', token, body, JSON_TYPE)).toBe(404);
  });

  test.each(['sha1', 'sha256', 'sha512'] as const)('[RC-26 algorithms] %s, by its prefix', async (name) => {
    const headers = { ...JSON_TYPE, 'x-hub-signature-256': `${name}=${RFC[name]}` };

    expect(await statusOf('github', RFC.token, RFC.body, headers)).toBe(202);
  });

  test('[RC-26 prefers] the newer header counts where both are there', async () => {
    const sha1 = { ...JSON_TYPE, 'x-hub-signature': `sha1=${RFC.sha1}` };

    expect(await statusOf('github', RFC.token, RFC.body, sha1)).toBe(202);
    expect(
      await statusOf('github', RFC.token, RFC.body, { ...sha1, 'x-hub-signature-256': 'sha256=00' }),
    ).toBe(404);
  });

  test('[RC-26 content-type] JSON and forms are taken, anything else is refused once it is proven', async () => {
    const { token, body, signature } = PUBLISHED;
    const as = (type: string, header: string = signature): Promise<number> =>
      statusOf('github', token, body, { 'content-type': type, 'x-hub-signature-256': header });

    expect(await as('application/json; charset=utf-8')).toBe(202);
    expect(await as('Application/X-WWW-Form-Urlencoded')).toBe(202);
    expect(await as('text/plain')).toBe(400);
    expect(await as('text/plain', 'sha256=00')).toBe(404);
  });
});

describe('gitlab', () => {
  test('[RC-27 token] the token comes in a header', async () => {
    expect(await statusOf('gitlab', 'tök en', '{}', { 'x-gitlab-token': 'tök en' })).toBe(202);
    expect(await statusOf('gitlab', 'token', '{}', { 'x-gitlab-token': 'Token' })).toBe(404);
    expect(await statusOf('gitlab', 'token', '{}', { 'x-gitlab-token': 'token ' })).toBe(404);
    expect(await statusOf('gitlab', 'token', '{}', {})).toBe(404);
    expect(await statusOf('gitlab', 'token', '{}', { 'x-hub-signature-256': 'sha256=00' })).toBe(404);
  });

  test('[RC-27 body] whatever the body is', async () => {
    const headers = { 'x-gitlab-token': 'token', 'content-type': 'image/png' };

    expect(await statusOf('gitlab', 'token', 'not JSON', headers)).toBe(202);
  });

  test("its token's bytes need not be text", async () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0x80]);

    expect(
      await statusOf('gitlab', bytes, '', { 'x-gitlab-token': Buffer.from(bytes).toString('latin1') }),
    ).toBe(202);
  });
});

describe('harbor', () => {
  test('[RC-29 authorization] the whole header is the token', async () => {
    expect(await statusOf('harbor', 'Bearer abc', '', { authorization: 'Bearer abc' })).toBe(202);
    expect(await statusOf('harbor', 'abc', '', { authorization: 'Bearer abc' })).toBe(404);
    expect(await statusOf('harbor', 'abc', '', {})).toBe(404);
  });
});

describe('generic', () => {
  test('[RC-22 path] whoever knows the path is heard', async () => {
    expect(await statusOf('generic', 'token', 'anything', {})).toBe(202);
  });
});

describe('generic-hmac', () => {
  test.each(['sha1', 'sha256', 'sha512'] as const)(
    '[RC-23 algorithms] %s over the raw body',
    async (name) => {
      expect(
        await statusOf('generic-hmac', RFC.token, RFC.body, { 'x-signature': `${name}=${RFC[name]}` }),
      ).toBe(202);
      const upper = `${name}=${RFC[name].toUpperCase()}`;
      expect(await statusOf('generic-hmac', RFC.token, RFC.body, { 'x-signature': upper })).toBe(202);
    },
  );

  test.each([
    ['another function', `sha512=${RFC.sha256}`],
    ['no prefix', RFC.sha256],
    ['an unknown one', `md5=${RFC.sha256}`],
    ['one with another case', `SHA256=${RFC.sha256}`],
    ['half a byte', `sha256=${RFC.sha256.slice(1)}`],
    ['two signatures', `sha256=${RFC.sha256},sha256=${RFC.sha256}`],
    ['a space', ` sha256=${RFC.sha256}`],
    ['nothing', ''],
  ])('[RC-23 refused] %s is no signature', async (_what, header) => {
    expect(await statusOf('generic-hmac', RFC.token, RFC.body, { 'x-signature': header })).toBe(404);
  });

  test("github's header is not its own", async () => {
    const headers = { 'x-hub-signature-256': `sha256=${RFC.sha256}` };

    expect(await statusOf('generic-hmac', RFC.token, RFC.body, headers)).toBe(404);
  });
});

test('a type that is not built proves nothing', async () => {
  expect(await statusOf('quay', 'token', '{}', JSON_TYPE)).toBe(404);
});

test('a signature is read in time that its length bounds', () => {
  expect(parseSignature(`sha256=${'a'.repeat(200_001)}`)).toBeUndefined();
});
