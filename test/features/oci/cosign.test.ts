import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { type Evidence, readEvidence } from '../../../shared/oci/cosign/evidence.ts';
import { identityCheck, type WantedIdentity } from '../../../shared/oci/cosign/identities.ts';
import { keylessProblem, readTrustedRoot } from '../../../shared/oci/cosign/keyless.ts';
import { isSignedByAny, readPublicKey, type Signed } from '../../../shared/oci/cosign/with-key.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { faultNow } from '../semver/fault-now.ts';
import { type Contents, cosignVectors, registryOf } from './vectors.ts';

const { publicKey, trustedRoot, signed } = cosignVectors();
const PUBLIC_GOOD = readFileSync(
  new URL('../../../shared/oci/cosign/public-good.json', import.meta.url),
  'utf8',
);
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'pem',
});

function signedOf({ digest, manifests }: Contents): Signed {
  return { digest, bytes: async () => Buffer.from(manifests[digest]?.text ?? '') };
}

async function evidenceOf(contents: Contents): Promise<Evidence> {
  return readEvidence(registryOf(contents), contents.digest);
}

async function withKeys(contents: Contents, ...pems: readonly (string | Buffer)[]): Promise<boolean> {
  const keys = pems.map((pem) => readPublicKey(String(pem)));
  return isSignedByAny(keys, await evidenceOf(contents), signedOf(contents));
}

async function keyless(
  contents: Contents,
  wanted: readonly WantedIdentity[] = [],
  root: unknown = trustedRoot,
): Promise<string | undefined> {
  const evidence = await evidenceOf(contents);
  const trusted = await readTrustedRoot(JSON.stringify(root));
  return keylessProblem(trusted, evidence, signedOf(contents), await identityCheck(wanted));
}

describe('a key', () => {
  test.each(['key-claim', 'key-bundle'] as const)(
    '[OCI-11 keys] [OCI-11 any-key] [OCI-11 no-log] [OCI-13 older] %s of the real cosign is verified, by any of the keys, without a log',
    async (name) => {
      expect(await withKeys(signed[name], publicKey)).toBe(true);
      expect(await withKeys(signed[name], stranger, publicKey)).toBe(true);
    },
  );

  test.each(['key-claim', 'key-bundle'] as const)('%s is not verified by a stranger', async (name) => {
    expect(await withKeys(signed[name], stranger)).toBe(false);
    expect(await withKeys(signed[name])).toBe(false);
  });

  test.each(['key-claim', 'key-bundle'] as const)('%s proves nothing for another artifact', async (name) => {
    const other = { ...signedOf(signed[name]), digest: `sha256:${sha256Hex('other')}` };
    const evidence = await evidenceOf(signed[name]);
    expect(await isSignedByAny([readPublicKey(publicKey)], evidence, other)).toBe(false);
  });

  test('[OCI-13 bundle-first] beside a bundle the older form does not count', async () => {
    const { 'key-bundle': bundle, 'key-claim': claim } = signed;
    const tag = `${claim.digest.replace(':', '-')}.sig`;
    const manifests = { ...bundle.manifests, [tag]: claim.manifests[tag] } as Contents['manifests'];
    const both = { digest: bundle.digest, manifests, blobs: { ...bundle.blobs, ...claim.blobs } };
    expect((await evidenceOf(both)).kind).toBe('bundles');
    expect((await evidenceOf(claim)).kind).toBe('claims');
  });

  test('that is none is told', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const privateKey = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    for (const text of ['', 'no key', privateKey]) faultNow(() => readPublicKey(text), 'invalid');
  });
});

describe('keyless', () => {
  test.each(['keyless-claim', 'keyless-bundle'] as const)(
    '[OCI-11 keyless] [OCI-11 trusted-root] [OCI-13 older] %s of the real cosign is verified offline by the root that is given',
    async (name) => {
      expect(await keyless(signed[name])).toBeUndefined();
    },
  );

  test.each(['keyless-claim', 'keyless-bundle'] as const)('%s is refused by another root', async (name) => {
    expect(await keyless(signed[name], [], JSON.parse(PUBLIC_GOOD))).toMatch(/^no matching signatures: /);
  });

  test.each<[string, readonly WantedIdentity[], boolean]>([
    ['nobody in particular', [], true],
    ['both as they are', [{ issuer: '^https://issuer\\.example$', subject: '^signer@example\\.com$' }], true],
    ['a part of each', [{ issuer: 'issuer', subject: 'signer' }], true],
    [
      'the second of two',
      [
        { issuer: 'x', subject: 'signer' },
        { issuer: 'issuer', subject: 'example' },
      ],
      true,
    ],
    ['the issuer alone', [{ issuer: 'issuer', subject: '^other@' }], false],
    ['the subject alone', [{ issuer: '^https://other', subject: 'signer' }], false],
  ])('[OCI-12 match] [OCI-12 or] [OCI-12 empty] asked for %s', async (_what, wanted, expected) => {
    for (const name of ['keyless-claim', 'keyless-bundle'] as const) {
      const problem = await keyless(signed[name], wanted);
      expect(problem === undefined, problem).toBe(expected);
      if (!expected)
        expect(problem).toContain('got subjects [signer@example.com] with issuer https://issuer.example');
    }
  });

  test('[OCI-12 go-syntax] expressions are those of Go, and cannot be made to run for ever', async () => {
    await faultOf(identityCheck([{ issuer: '(?=x)', subject: '.*' }]), 'invalid');
    const check = await identityCheck([{ issuer: '^(a+)+$', subject: '.*' }]);
    expect(check(`${'a'.repeat(50_000)}!`, 's')).toContain('none of the expected identities');
  });

  test('one made with a key, none at all, and a claim about another image are refused', async () => {
    expect(await keyless(signed['key-bundle'])).toContain('it is made with a key');
    expect(await keyless({ ...signed['key-claim'], manifests: {} })).toBe('no signatures found');
    const evidence = await evidenceOf(signed['keyless-claim']);
    const other = { ...signedOf(signed['keyless-claim']), digest: `sha256:${sha256Hex('other')}` };
    const root = await readTrustedRoot(JSON.stringify(trustedRoot));
    expect(await keylessProblem(root, evidence, other, () => undefined)).toContain('it is for sha256:');
  });

  test('a root that is none is told', async () => {
    await expect(readTrustedRoot('{')).rejects.toSatisfy((error) => isFault(error, 'invalid'));
    await expect(readTrustedRoot('{"tlogs":[{}]}')).rejects.toSatisfy((error) => isFault(error, 'invalid'));
  });
});

describe('the public service', () => {
  const conformance = JSON.parse(
    readFileSync(new URL('vectors/conformance.json', import.meta.url), 'utf8'),
  ) as { artifact: string; bundles: Readonly<Record<string, unknown>> };

  test.each(Object.keys(conformance.bundles))('[OCI-11 public-good] %s', async (name) => {
    const bytes = Buffer.from(conformance.artifact);
    const artifact = { digest: `sha256:${sha256Hex(bytes)}`, bytes: async () => bytes };
    const evidence = { kind: 'bundles', bundles: [conformance.bundles[name]] } as const;

    const problem = await keylessProblem(
      await readTrustedRoot(PUBLIC_GOOD),
      evidence,
      artifact,
      () => undefined,
    );

    expect(problem !== undefined, problem).toBe(name.endsWith('_fail'));
  });
});
