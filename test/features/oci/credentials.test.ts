import { describe, expect, test } from 'vitest';
import { parseChallenge } from '../../../shared/oci/challenge.ts';
import { credentialsFor } from '../../../shared/oci/credentials.ts';
import { parseRepository } from '../../../shared/oci/repository.ts';
import { faultNow } from '../semver/fault-now.ts';

const at = (name: string) => parseRepository(`oci://${name}`);
const config = (auths: object) => JSON.stringify({ auths });
const user = (username: string) => ({ username, password: 'p' });

describe('a Docker config', () => {
  test.each([
    ['ghcr.io/org/app', 'ghcr.io', true],
    ['ghcr.io/org/app', 'https://ghcr.io', true],
    ['ghcr.io/org/app', 'https://ghcr.io/v1/', true],
    ['ghcr.io/org/app', 'ghcr.io/org', true],
    ['ghcr.io/org/app', 'ghcr.io/other', false],
    ['ghcr.io/org/app', 'other.io', false],
    ['ghcr.io:443/org/app', 'ghcr.io', false],
    ['localhost:5000/app', 'localhost:5000', true],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/app', '*.dkr.ecr.*.amazonaws.com', true],
    ['a.b.example.com/app', '*.example.com', false],
    ['b.example.com/app', '*.example.com', true],
    ['docker.io/org/app', 'https://index.docker.io/v1/', true],
    ['docker.io/org/app', 'docker.io', true],
    ['evil-ghcr.io/org/app', 'ghcr.io', false],
    ['ghcr.io.evil.example/app', 'ghcr.io', false],
  ])('[OCI-08 matching] for %s with an entry for %s: %s', (name, key, expected) => {
    expect(credentialsFor(at(name), [config({ [key]: user('me') })]) !== undefined).toBe(expected);
  });

  test('[OCI-08 matching] the longest entry wins, of all configs', () => {
    const one = config({ 'ghcr.io': user('all'), 'ghcr.io/org/app': user('app') });
    const other = config({ 'ghcr.io/org': user('org') });
    expect(credentialsFor(at('ghcr.io/org/app'), [other, one])).toMatchObject({ username: 'app' });
    expect(credentialsFor(at('ghcr.io/org/web'), [one, other])).toMatchObject({ username: 'org' });
    expect(credentialsFor(at('ghcr.io/x/web'), [one, other])).toMatchObject({ username: 'all' });
  });

  test('[OCI-08 forms] credentials are read in every form that Docker writes them in', () => {
    const of = (value: object) => credentialsFor(at('ghcr.io/app'), [config({ 'ghcr.io': value })]);
    const auth = Buffer.from('me:pass:word').toString('base64');
    expect(of({ auth })).toEqual({ kind: 'basic', username: 'me', password: 'pass:word' });
    expect(of(user('me'))).toEqual({ kind: 'basic', username: 'me', password: 'p' });
    expect(of({ identitytoken: 'i', auth })).toEqual({ kind: 'identity', token: 'i' });
    expect(of({ registrytoken: 'r' })).toEqual({ kind: 'bearer', token: 'r' });
    expect(of({})).toBeUndefined();
    const old = JSON.stringify({ 'ghcr.io': user('old') });
    expect(credentialsFor(at('ghcr.io/app'), [old])).toMatchObject({ username: 'old' });
    expect(credentialsFor(at('ghcr.io/app'), [config({ 'ghcr.io': 7, x: null })])).toBeUndefined();
  });

  test('that is none is told without what is in it', () => {
    for (const text of ['{"auths": s3cret', '[]', 'null']) {
      const fault = faultNow(() => credentialsFor(at('ghcr.io/app'), [text]), 'malformed');
      expect(fault.message).toBe('the Docker config is invalid: not a JSON object');
    }
  });
});

describe('what a registry asks for', () => {
  test.each([
    ['Basic realm="x"', { scheme: 'basic' }],
    [
      'Bearer realm="https://a/token",service="s"',
      { scheme: 'bearer', realm: 'https://a/token', service: 's' },
    ],
    [
      'bearer service=s , realm=https://a/token',
      { scheme: 'bearer', realm: 'https://a/token', service: 's' },
    ],
    ['Basic realm="x", Bearer realm="https://a/t,o\\"k"', { scheme: 'bearer', realm: 'https://a/t,o"k' }],
    ['Negotiate, Basic realm="x"', { scheme: 'basic' }],
    ['Bearer service="s"', undefined],
    ['Digest realm="x"', undefined],
    ['', undefined],
    ['"', undefined],
  ])('%s', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  test('is read in time, whatever is sent', () => {
    expect(parseChallenge(`Bearer ${'a="\\'.repeat(100_000)}`)).toBeUndefined();
    expect(parseChallenge(' ,'.repeat(100_000))).toBeUndefined();
  });
});
