import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cosignVectors } from '../features/oci/vectors.ts';
import { commit } from '../servers/bare-repository.ts';
import { pgpSigner, sshSigner } from '../servers/git-signing.ts';
import { startReferrersRegistry } from '../servers/oci-server.ts';
import { create, edit, gitRepository, type Reconciled, reconcile } from './drive.ts';
import { expectServed } from './hostile/kept.ts';
import { ociAt, ociRepository, publishSigned, push, useServer } from './oci.ts';
import { publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('hostile-signatures');
const registry = useServer(startReferrersRegistry);
const secret = secretsIn(setting);
const { publicKey, signed } = cosignVectors();

/** A repository whose commits must be signed by whoever the Secret of its name names. */
async function guarded(name: string) {
  await publish(setting, name, { 'a.yaml': 'a: 1\n' });
  const verify = { mode: 'HEAD', secretRef: { name } };
  await create(setting.world, gitRepository(setting.world, setting.namespace, name, { verify }));
  const directory = join(setting.world.gitRoot, `${name}.git`);
  const visit = (): Promise<Reconciled> => reconcile(setting.world, sourceAt(setting, name));
  return { directory, visit };
}

describe('a commit leaves the last good artifact, advertised and served', () => {
  test('that was signed by a key that has been revoked since', async () => {
    const ada = pgpSigner('revoked');
    onTestFinished(() => ada.close());
    await secret('revoked', { 'ada.asc': ada.publicKey });
    const { directory, visit } = await guarded('revoked');
    await ada.signCommit(directory);
    const good = await visit();
    expect(told(good, 'SourceVerified')).toMatch(/^True Succeeded/);
    await commit(directory, { 'a.yaml': 'a: 2\n' }, 'next');
    await ada.signCommit(directory);
    await secret('revoked', { 'ada.asc': ada.revoked() });

    const failed = await visit();

    expect(told(failed)).toMatch(/^False InvalidCommitSignature: .*no matching key found$/);
    await expectServed(failed, good);
  });

  test('that was signed by a key that had expired', async () => {
    const grace = sshSigner();
    const brief = pgpSigner('brief', 2020);
    onTestFinished(() => {
      for (const signer of [grace, brief]) signer.close();
    });
    await secret('expired', { 'grace.sshpub': grace.publicKey, 'brief.asc': brief.publicKey });
    const { directory, visit } = await guarded('expired');
    await grace.signCommit(directory);
    const good = await visit();
    expect(told(good, 'SourceVerified')).toMatch(/^True Succeeded/);
    await commit(directory, { 'a.yaml': 'a: 2\n' }, 'next');
    await brief.signCommit(directory);

    const failed = await visit();

    expect(told(failed)).toMatch(/^False InvalidCommitSignature: .*no matching key found$/);
    await expectServed(failed, good);
  });

  test('that was signed by a stranger', async () => {
    const [grace, mallory] = [sshSigner(), sshSigner('ecdsa')];
    onTestFinished(() => {
      for (const signer of [grace, mallory]) signer.close();
    });
    await secret('strange', { 'grace.sshpub': grace.publicKey });
    const { directory, visit } = await guarded('strange');
    await grace.signCommit(directory);
    const good = await visit();
    await commit(directory, { 'a.yaml': 'a: 2\n' }, 'next');
    await mallory.signCommit(directory);

    const failed = await visit();

    expect(told(failed)).toMatch(/^False InvalidCommitSignature: /);
    await expectServed(failed, good);
  });
});

describe('an artifact leaves the last good one, advertised and served', () => {
  const verify = (name: string) => ({ provider: 'cosign', secretRef: { name } });

  test('that was signed by a stranger', async () => {
    await push(registry, 'org/strange', 'latest', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, ociRepository(registry, setting, 'strange'));
    const good = await reconcile(setting.world, ociAt(setting, 'strange'));
    await publishSigned(registry, 'org/strange', signed['key-claim']);
    await secret('stranger', { 'cosign.pub': newKey() });
    await edit(setting.world, ociAt(setting, 'strange'), { spec: { verify: verify('stranger') } });

    const failed = await reconcile(setting.world, ociAt(setting, 'strange'));

    expect(told(failed)).toMatch(/^False VerificationError: .*no matching signatures were found/);
    await expectServed(failed, good);
  });

  test('when its key is no longer in the Secret, the next time it is verified', async () => {
    await publishSigned(registry, 'org/turned', signed['key-bundle']);
    await secret('turned', { 'cosign.pub': publicKey });
    await create(setting.world, ociRepository(registry, setting, 'turned', { verify: verify('turned') }));
    const good = await reconcile(setting.world, ociAt(setting, 'turned'));
    expect(told(good, 'SourceVerified')).toMatch(/^True Succeeded/);
    await secret('turned', { 'cosign.pub': newKey() });
    await edit(setting.world, ociAt(setting, 'turned'), { spec: { interval: '11m' } });

    const failed = await reconcile(setting.world, ociAt(setting, 'turned'));

    expect(told(failed)).toMatch(/^False VerificationError: .*no matching signatures were found/);
    await expectServed(failed, good);
  });
});

function newKey(): string {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  return String(key.export({ type: 'spki', format: 'pem' }));
}
