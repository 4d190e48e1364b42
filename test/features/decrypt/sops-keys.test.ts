import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey, readKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import { dataKeyOf } from '../../../shared/decrypt/data-key.ts';
import { decryptFile } from '../../../shared/decrypt/decrypt.ts';
import type { Unwrap } from '../../../shared/decrypt/master-keys.ts';
import { sopsEncrypt } from '../../servers/sops.ts';
import { type AgePair, agePair, ringOf } from './keys.ts';

const PLAIN = 'password: correct-horse-4711\n';

let first: AgePair;
let second: AgePair;
let hybrid: AgePair;

beforeAll(async () => {
  [first, second, hybrid] = await Promise.all([agePair(), agePair(), agePair('hybrid')]);
});

function encryptedFor(rule: string): Buffer {
  return sopsEncrypt(PLAIN, { format: 'yaml', config: `creation_rules:\n- ${rule}\n` });
}

async function decrypted(file: Uint8Array, unwrap: Unwrap): Promise<string> {
  return Buffer.from(await decryptFile(file, { from: 'yaml', to: 'yaml' }, unwrap)).toString();
}

function refusal(file: Uint8Array, unwrap: Unwrap): Promise<string> {
  return decrypted(file, unwrap).then(
    () => 'decrypted',
    (error: unknown) => (isFault(error) ? error.message : String(error)),
  );
}

describe('[KS-50 key-kinds] age', () => {
  test('a post-quantum key', async () => {
    const file = encryptedFor(`age: ${hybrid.recipient}`);
    const unwrap = await ringOf({ 'pq.agekey': `# created: today\n${hybrid.identity}\n` });

    expect(file.toString()).toContain('age1pq1');
    expect(await decrypted(file, unwrap)).toBe(PLAIN);
  });

  test('any of the keys in any of the files, whatever else the Secret holds', async () => {
    const file = encryptedFor(`age: ${second.recipient}`);
    const files = {
      'a.agekey': first.identity,
      'b.agekey': `${hybrid.identity}\n${second.identity}`,
      'c.txt': '?',
    };

    expect(await decrypted(file, await ringOf(files))).toBe(PLAIN);
  });

  test('without the key the message names the recipient, and no key', async () => {
    const file = encryptedFor(`age: ${second.recipient}`);

    const text = await refusal(file, await ringOf({ 'a.agekey': first.identity }));

    expect(text).toMatch(/^cannot get sops data key: Failed to get the data key/);
    expect(text).toContain(`Group 0: FAILED\n  ${second.recipient}: FAILED`);
    expect(text).toContain('no identity matched');
    expect(text).not.toContain('AGE-SECRET-KEY');
    expect(await refusal(file, await ringOf({}))).toContain('failed to load age identities');
  });

  test.each([
    ['AGE-PLUGIN-YUBIKEY-1ABC', 'error at line 1: unknown identity type'],
    ['\nAGE-SECRET-KEY-1NONSENSE', 'error at line 2: malformed secret key'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'error at line 1: unknown identity type'],
  ])('a key that cannot be used is named by its file and line: %j', async (text, why) => {
    await expect(ringOf({ 'bad.agekey': text })).rejects.toThrow(
      `failed to import 'bad.agekey' data from sops decryption Secret 'apps/keys': failed to parse and add to age identities: ${why}`,
    );
  });
});

describe('[KS-50 key-kinds] PGP', () => {
  const userIDs = [{ name: 'Ada', email: 'ada@example.com' }];

  test.each(['ecc', 'rsa'] as const)('a key of type %s, without a passphrase', async (type) => {
    const pair = await generateKey({
      type,
      userIDs,
      format: 'armored',
      ...(type === 'rsa' && { rsaBits: 2048 }),
    });
    const file = await pgpFile(pair.publicKey);

    expect(await decrypted(file, await ringOf({ 'pgp.asc': pair.privateKey }))).toBe(PLAIN);
    expect(await refusal(file, await ringOf({ 'pgp.asc': pair.publicKey }))).toContain('no secret key');
  });

  test('a key with a passphrase cannot be used, and the message says so', async () => {
    const pair = await generateKey({ userIDs, passphrase: 'secret-words', format: 'armored' });

    const text = await refusal(await pgpFile(pair.publicKey), await ringOf({ 'pgp.asc': pair.privateKey }));

    expect(text).toContain('need a passphrase');
  });

  test('what is no key is named by its file', async () => {
    await expect(ringOf({ 'pgp.asc': 'nonsense' })).rejects.toThrow(
      "failed to import 'pgp.asc' data from sops decryption Secret 'apps/keys': no PGP key can be read from it",
    );
  });
});

/** sops finds public keys in a keyring of old, and needs no gpg for them. */
async function pgpFile(publicKey: string): Promise<Buffer> {
  const key = await readKey({ armoredKey: publicKey });
  const home = mkdtempSync(join(tmpdir(), 'sluice-gnupg-'));
  try {
    writeFileSync(join(home, 'pubring.gpg'), key.write());
    const flags = ['--pgp', key.getFingerprint().toUpperCase()];
    return sopsEncrypt(PLAIN, { format: 'yaml', flags, env: { GNUPGHOME: home } });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

describe('[KS-54 any-key] master keys', () => {
  test('any recipient of a file will do', async () => {
    const file = encryptedFor(`age: ${first.recipient},${second.recipient}`);

    expect(await decrypted(file, await ringOf({ 'b.agekey': second.identity }))).toBe(PLAIN);
  });

  test('keys that need no request are asked first, the others in the order of the file', async () => {
    const kms = { type: 'kms', arn: 'a', role: '', context: {}, encrypted: '' } as const;
    const vault = { type: 'hc_vault', address: 'v', engine: 'e', name: 'n', encrypted: '' } as const;
    const pgp = { type: 'pgp', fingerprint: 'p', encrypted: '' } as const;
    const age = { type: 'age', recipient: 'r', encrypted: '' } as const;
    const asked: string[] = [];
    const unwrap: Unwrap = async ({ type }) => {
      asked.push(type);
      if (type === 'hc_vault') return new Uint8Array(32).fill(7);
      throw new Fault('unauthorized', 'not this one');
    };
    const last = { ...kms, type: 'gcp_kms', resource: 'g' } as const;

    const key = await dataKeyOf({ groups: [[kms, vault, last, pgp, age]], threshold: 0, rules: {} }, unwrap);

    expect(key).toEqual(new Uint8Array(32).fill(7));
    expect(asked).toEqual(['age', 'pgp', 'kms', 'hc_vault']);
  });

  test('of key groups as many as the threshold asks for are put together', async () => {
    const third = await agePair();
    const rule = `shamir_threshold: 2\n  key_groups: [{age: [${first.recipient}]}, {age: [${second.recipient}]}, {age: [${third.recipient}]}]`;
    const file = encryptedFor(rule);

    for (const two of [
      [first, second],
      [first, third],
      [second, third],
    ]) {
      const keys = two.map(({ identity }) => identity).join('\n');
      expect(await decrypted(file, await ringOf({ 'two.agekey': keys }))).toBe(PLAIN);
    }
    const text = await refusal(file, await ringOf({ 'one.agekey': second.identity }));
    expect(text).toContain('2 of the 3 groups have to give their part of it');
    expect(text).toContain('Group 1: SUCCESS');
  });
});

describe('[KS-54 mac] the authentication code', () => {
  test('is not verified: what was changed beside the encrypted values is accepted', async () => {
    const file = sopsEncrypt('data: {a: secret}\nopen: "1"\n', {
      format: 'yaml',
      config: `creation_rules:\n- age: ${first.recipient}\n  encrypted_regex: ^data$\n`,
    });
    const changed = file
      .toString()
      .replace('open: "1"', 'open: "2"')
      .replace(/mac: ENC.*/, 'mac: ENC[nonsense]');

    const plain = await decrypted(Buffer.from(changed), await ringOf({ 'a.agekey': first.identity }));

    expect(plain).toBe('data:\n    a: secret\nopen: "2"\n');
  });

  test('a value that was changed itself, or moved elsewhere, is refused without being told', async () => {
    const file = encryptedFor(`age: ${first.recipient}`).toString();
    const unwrap = await ringOf({ 'a.agekey': first.identity });

    const moved = await refusal(Buffer.from(file.replace('password:', 'elsewhere:')), unwrap);
    const plain = await refusal(
      Buffer.from(file.replace(/password: ENC.*/, 'password: in-the-open-1')),
      unwrap,
    );

    expect(moved).toContain('elsewhere: Could not decrypt value: Could not decrypt with AES_GCM');
    expect(plain).toContain(
      "password: Could not decrypt value: Input string <redacted> does not match sops' data format",
    );
  });
});
