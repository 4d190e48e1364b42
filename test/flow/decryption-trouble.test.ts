import { beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type AgePair, agePair, encryptedFor, objectsIn, SECRET_DATA, traces } from './decrypting.ts';
import { reconcile } from './drive.ts';
import {
  applierAt,
  configMap,
  publish,
  sourceAt,
  startsIn,
  sync,
  told,
  useWorld,
  visitsIn,
} from './setting.ts';

const setting = useWorld('decryption-trouble', async () => ({
  settings: { sopsAgeSecret: 'sops-age-default' },
}));
const { namespace } = setting;
const synced = startsIn(setting);
const { secret, manifest, read, dataOf } = objectsIn(setting);

let key: AgePair;
const DECRYPTION = { provider: 'sops', secretRef: { name: 'keys' } };

beforeAll(async () => {
  key = await agePair();
  await secret('keys', { 'main.agekey': key.identity });
});

const encrypted = (format: string, plain: string | Uint8Array, rule = '') =>
  encryptedFor(key, format, plain, rule);

describe('a key', () => {
  test('[KS-16 decryption-secret] that changes in its Secret runs it again', async () => {
    await secret('later', { 'x.agekey': (await agePair()).identity });
    const file = encrypted('yaml', manifest('Secret', 'later-made', { stringData: { a: 'b' } }), SECRET_DATA);
    const decryption = { provider: 'sops', secretRef: { name: 'later' } };

    const failed = await synced('later', { 'a.yaml': file }, { decryption });

    expect(told(failed)).toMatch(
      /^False BuildFailed: decryption failed for 'Secret.v1.\[noGrp\]\/later-made': failed to decrypt and format 'decryption-trouble\/later-made' Secret data: cannot get sops data key: /,
    );
    expect(told(failed)).toContain(`${key.recipient}: FAILED`);
    expect(await read('Secret', 'later-made')).toBeUndefined();

    await secret('later', { 'x.agekey': key.identity });
    const done = await reconcile(setting.world, applierAt(setting, 'later'));
    expect(told(done)).toMatch(/^True ReconciliationSucceeded/);
    expect(await dataOf('later-made')).toEqual({ a: 'b' });
  });

  test('of a Secret that is not there fails the build, and nothing is applied', async () => {
    const decryption = { provider: 'sops', secretRef: { name: 'nobody' } };

    const failed = await synced('missing', { 'a.yaml': configMap(namespace, 'missing', {}) }, { decryption });

    expect(told(failed)).toBe('False BuildFailed: secrets "nobody" not found');
    expect(await read('ConfigMap', 'missing')).toBeUndefined();
  });

  test('that cannot be read fails the build by the name of its entry, and is not told', async () => {
    await secret('broken', { 'bad.agekey': 'AGE-SECRET-KEY-1TELLNOBODY' });
    const decryption = { provider: 'sops', secretRef: { name: 'broken' } };

    const failed = await synced('broken', { 'a.yaml': configMap(namespace, 'broken', {}) }, { decryption });

    expect(told(failed)).toBe(
      "False BuildFailed: failed to import 'bad.agekey' data from sops decryption Secret 'decryption-trouble/broken': failed to parse and add to age identities: error at line 1: malformed secret key",
    );
  });

  test('[KS-51 age-default] of the operator decrypts where no Secret is named', async () => {
    await secret('sops-age-default', { 'x.agekey': key.identity }, 'flux-system');
    const file = encrypted('yaml', manifest('Secret', 'by-default', { stringData: { a: 'b' } }), SECRET_DATA);

    const done = await synced('by-default', { 'a.yaml': file }, { decryption: { provider: 'sops' } });

    expect(told(done)).toMatch(/^True ReconciliationSucceeded/);
    expect(await dataOf('by-default')).toEqual({ a: 'b' });
  });
});

test('[KS-50 service-account] a service account needs the gate, and stalls without it', async () => {
  const decryption = { ...DECRYPTION, serviceAccountName: 'decrypter' };

  const stalled = await synced('gated', { 'a.yaml': configMap(namespace, 'gated', {}) }, { decryption });

  const text =
    'to use spec.decryption.serviceAccountName for decryption authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller';
  expect(told(stalled)).toBe(`False FeatureGateDisabled: ${text}`);
  expect(told(stalled, 'Stalled')).toBe(`True FeatureGateDisabled: ${text}`);
  expect(await read('ConfigMap', 'gated')).toBeUndefined();
});

test('[KS-52 sources] a generator’s file that is missing, too large or outside is told; [KS-53 bounds]', async () => {
  const generator = (file: string): string =>
    JSON.stringify({ secretGenerator: [{ name: 'x', files: [file] }] });
  const files = {
    'kustomization.yaml': generator('gone.yaml'),
    'large.yaml': `# ${'x'.repeat(5 * 1024 * 1024)}\n`,
  };
  const start = await synced('bounds', files, { decryption: DECRYPTION });
  const problems = [told(start)];
  for (const file of ['../../../../etc/passwd', 'large.yaml']) {
    await publish(setting, 'bounds', { 'kustomization.yaml': generator(file) });
    problems.push(told(await sync(setting, 'bounds')));
  }

  expect(problems).toEqual([
    'False BuildFailed: error decrypting sources: lstat gone.yaml: no such file or directory',
    'False BuildFailed: error decrypting sources: lstat etc/passwd: no such file or directory',
    'False BuildFailed: error decrypting sources: cannot decrypt file with size (5242883 bytes) exceeding limit (5242880)',
  ]);
});

test('what cannot be applied after it was decrypted is told without its value', async () => {
  const secretText = 'refused-lantern-4730';
  const map = encrypted(
    'yaml',
    manifest('ConfigMap', 'refused', { data: { a: [secretText] } }),
    'encrypted_regex: ^data$',
  );
  const patch = encrypted('yaml', `{"not": "a patch ${secretText}"}`, 'encrypted_regex: ^not$');
  const patched = JSON.stringify({ resources: ['a.yaml'], patches: [{ path: 'p.yaml' }] });

  const refused = await synced('quoted', { 'a.yaml': map }, { decryption: DECRYPTION });
  await publish(setting, 'quoted', {
    'a.yaml': configMap(namespace, 'refused', {}),
    'p.yaml': patch,
    'kustomization.yaml': patched,
  });
  const unpatched = await sync(setting, 'quoted');

  expect(told(refused)).toMatch(/^False ReconciliationFailed/);
  expect(told(unpatched)).toMatch(/^False BuildFailed: kustomize build failed/);
  const all = JSON.stringify(await traces(setting));
  expect(all).not.toContain(secretText);
});

test('what ends a run quotes nothing that was decrypted, in the log and in dead letters', async () => {
  const plain = 'interrupted-candle-4731';
  const file = encrypted('yaml', manifest('Secret', 'cut', { stringData: { a: plain } }), SECRET_DATA);
  await synced('cut', { 'a.yaml': configMap(namespace, 'cut', {}) }, { decryption: DECRYPTION });
  await publish(setting, 'cut', { 'a.yaml': file });
  await reconcile(setting.world, sourceAt(setting, 'cut'));
  const { store } = setting.world.runtime.ports;
  const put = async (): Promise<never> => {
    throw new Fault('server-error', `cannot keep ${plain}`);
  };

  await visitsIn(setting)(applierAt(setting, 'cut'), { store: { ...store, put } });

  const all = JSON.stringify(await traces(setting));
  expect(all).toContain('cannot keep');
  expect(all).not.toContain(plain);
});

test('an object can opt out', async () => {
  const annotations = { 'kustomize.toolkit.fluxcd.io/decrypt': 'disabled' };
  const file = encrypted(
    'yaml',
    manifest('ConfigMap', 'opted-out', { data: { a: 'in the open' } }, { annotations }),
    'encrypted_regex: ^data$',
  );

  const done = await synced('opted-out', { 'a.yaml': file }, { decryption: DECRYPTION });

  expect(told(done)).toMatch(/^True /);
  const map = (await read('ConfigMap', 'opted-out')) as KubernetesObject & { data: { a: string } };
  expect(map.data.a).toMatch(/^ENC\[AES256_GCM/);
});
