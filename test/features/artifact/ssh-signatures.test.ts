import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { signedCommit, signedTag } from '../../../shared/artifact/git-signature/signed.ts';
import { verifySsh } from '../../../shared/artifact/git-signature/ssh.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { processorTime } from '../../processor-time.ts';

const directory = mkdtempSync(join(tmpdir(), 'sshsig-'));
const payload = Buffer.from('tree 1\n\nmessage\n');
const file = join(directory, 'payload');
writeFileSync(file, payload);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What `ssh-keygen` signs with a new key of that type. */
function sign(type: string, namespace = 'git', options: readonly string[] = []) {
  const key = join(directory, `${type}-${namespace}-${options.join('')}`);
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    type,
    '-N',
    '',
    '-f',
    key,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
  ]);
  execFileSync('ssh-keygen', ['-Y', 'sign', '-f', key, '-n', namespace, ...options, file], {
    stdio: 'ignore',
  });
  const signature = readFileSync(`${file}.sig`, 'utf8');
  rmSync(`${file}.sig`);
  const listed = execFileSync('ssh-keygen', ['-l', '-f', `${key}.pub`], { encoding: 'utf8' });
  return { signature, publicKey: readFileSync(`${key}.pub`, 'utf8'), id: listed.split(' ')[1] };
}

const ed25519 = sign('ed25519');

/** A string of the SSH protocol. */
function field(value: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.from(value).length);
  return Buffer.concat([length, Buffer.from(value)]);
}

describe('[GR-18 keys] SSH signatures', () => {
  test.each(['ed25519', 'rsa', 'ecdsa'])('of a key of type %s are verified', (type) => {
    const { signature, publicKey, id } = sign(type, 'git', ['-O', 'hashalg=sha256']);

    expect(verifySsh(signature, payload, [publicKey])).toBe(id);
  });

  test('one of several keys is enough, comments and options before it', () => {
    const { signature, publicKey, id } = ed25519;
    const keys = [`# people\n\n${sign('rsa').publicKey}`, `namespaces="git" ${publicKey}`];

    expect(verifySsh(signature, payload, keys)).toBe(id);
  });

  test('[GR-18 namespace] of another purpose are refused', () => {
    const { signature, publicKey } = sign('ed25519', 'file');

    expect(() => verifySsh(signature, payload, [publicKey])).toThrow(/namespace mismatch/);
  });

  test('[GR-18 content] of other content are refused, each byte of it and of the signature', () => {
    const { signature, publicKey } = ed25519;
    const body = Buffer.from(signature.split('\n').slice(1, -2).join(''), 'base64');
    for (let at = 0; at < payload.length; at++) {
      const changed = Buffer.from(payload);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => verifySsh(signature, changed, [publicKey])).toThrow();
    }
    for (let at = 0; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const armored = `-----BEGIN SSH SIGNATURE-----\n${changed.toString('base64')}\n-----END SSH SIGNATURE-----`;
      expect(() => verifySsh(armored, payload, [publicKey]), `byte ${at}`).toThrow();
    }
  });

  test.each([
    ['nothing', ''],
    ['only armor', '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----'],
    ['something short', '-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----'],
  ])('%s instead is refused', (_what, armored) => {
    expect(() => verifySsh(armored, payload, [ed25519.publicKey])).toThrow(/unarmor/);
  });

  test('one of nothing but white space does not hold the worker', async () => {
    const armored = `-----BEGIN SSH SIGNATURE-----${'\n'.repeat(100_000)}!-----END SSH SIGNATURE-----`;

    const cost = await processorTime(() =>
      expect(() => verifySsh(armored, payload, [ed25519.publicKey])).toThrow(/unarmor/),
    );

    expect(cost).toBeLessThan(5000);
  });

  test.each([
    ['a point that is none', 'ssh-ed25519', [Buffer.from('short')], 'ssh-ed25519'],
    ['no point', 'ecdsa-sha2-nistp256', [Buffer.from('nistp256'), Buffer.alloc(0)], 'ecdsa-sha2-nistp256'],
    [
      'a number of nothing but zeros',
      'ssh-rsa',
      [Buffer.alloc(50_000), Buffer.alloc(50_000)],
      'rsa-sha2-512',
    ],
    ['no numbers', 'ssh-rsa', [], 'rsa-sha2-512'],
  ])('a key with %s vouches for nothing', (_what, type, parts, format) => {
    const blob = Buffer.concat([type, ...parts].map(field));
    const inner = Buffer.concat([format, Buffer.alloc(64)].map(field));
    const fields = Buffer.concat([blob, 'git', '', 'sha512', inner].map(field));
    const body = Buffer.concat([Buffer.from('SSHSIG'), Buffer.from([0, 0, 0, 1]), fields]);
    const armored = `-----BEGIN SSH SIGNATURE-----\n${body.toString('base64')}\n-----END SSH SIGNATURE-----`;

    expect(() => verifySsh(armored, payload, [`${type} ${blob.toString('base64')}`])).toThrow(Fault);
  });

  test('a key file with something else in it is told', () => {
    expect(() => verifySsh(ed25519.signature, payload, ['-----BEGIN PGP PUBLIC KEY BLOCK-----'])).toThrow(
      /no key found/,
    );
  });
});

describe('what was signed', () => {
  test('a signature is found in the headers only', () => {
    const raw = Buffer.from('tree 1\nauthor a\n\ngpgsig -----BEGIN PGP SIGNATURE-----\n');

    expect(signedCommit(raw)).toEqual({ payload: raw, signature: '' });
  });

  test('the headers around it stay as they are', () => {
    const raw = Buffer.from(
      'tree 1\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n a\n -----END PGP SIGNATURE-----\nencoding x\n\nbody\n',
    );

    expect(signedCommit(raw)).toEqual({
      payload: Buffer.from('tree 1\nencoding x\n\nbody\n'),
      signature: '-----BEGIN PGP SIGNATURE-----\n\na\n-----END PGP SIGNATURE-----',
    });
  });

  test('of a tag the last one counts, and what is before it is signed', () => {
    const begin = '-----BEGIN SSH SIGNATURE-----';
    const raw = Buffer.from(`object 1\n\nquotes\n${begin}\nnot this\n${begin}\nthis\n`);

    expect(signedTag(raw)).toEqual({
      payload: Buffer.from(`object 1\n\nquotes\n${begin}\nnot this\n`),
      signature: `${begin}\nthis`,
    });
  });
});
