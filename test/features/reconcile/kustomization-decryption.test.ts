import { describe, expect, test } from 'vitest';
import type { KustomizationSpec } from '../../../shared/api/kustomization.ts';
import { createDecryptor } from '../../../shared/decrypt/decryptor.ts';
import type { MasterKey } from '../../../shared/decrypt/master-keys.ts';
import type { Asker, ClusterSettings, HttpRequest, KubernetesObject } from '../../../shared/ports.ts';
import { configurationOf } from '../../../shared/reconcile/configuration.ts';
import { decide } from '../../../shared/reconcile/kustomization/decide.ts';
import { closedGate, openDecryptor, readKeys } from '../../../shared/reconcile/kustomization/decryption.ts';
import { observe } from '../../../shared/reconcile/kustomization/observe.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord, kustomization, readyGitRepository } from '../../builders.ts';
import { httpBy } from '../decrypt/keys.ts';
import { seen } from './kustomization-seen.ts';
import { createWorld } from './world.ts';

const OPEN = { featureGates: { ObjectLevelWorkloadIdentity: true } };
const ADDRESS = 'https://vault.example.com:8200';

interface Around {
  readonly settings?: Partial<ClusterSettings>;
  readonly objects?: readonly KubernetesObject[];
}

/** A scope whose identities say who asks, and whose HTTP is Vault's. */
function scopeOf({ settings, objects = [] }: Around = {}) {
  const world = createWorld({ objects: [readyGitRepository(), ...objects] });
  const askers: (Asker & { readonly asked: string })[] = [];
  const lend =
    (asked: string, given: object) =>
    async (asker: Asker): Promise<object> => {
      askers.push({ ...asker, asked });
      return given;
    };
  const token = `h.${Buffer.from('{"sub": "system:serviceaccount:apps:sops"}').toString('base64url')}.s`;
  const plaintext = Buffer.alloc(32).toString('base64');
  const { http, requests } = httpBy(({ url }: HttpRequest) =>
    url.endsWith('/login')
      ? { json: { auth: { client_token: 's.login' } } }
      : { json: { data: { plaintext }, plaintext, value: plaintext, Plaintext: plaintext } },
  );
  const identities = {
    awsKeys: lend('aws', { accessKeyId: 'A', secretAccessKey: 'S' }),
    azureToken: lend('azure', { token: 'azure' }),
    googleToken: lend('google', { token: 'google' }),
    accountToken: lend('account', { token }),
  };
  const record = clusterRecord({ settings: { owns: 'all', profile: 'flux', groups: 16, ...settings } });
  const { cluster } = world;
  const ports = { ...world.ports, identities, http: () => http };
  const facts = { uid: 'c1', version: 'v1.36.0' };
  const { signal } = new AbortController();
  const message = { reason: 'watch' };
  const scope = { ports, record, cluster, facts, signal, message } as unknown as Scope;
  return { scope, askers, requests };
}

/** An object with spec.decryption. */
function decrypting(fields: Partial<NonNullable<KustomizationSpec['decryption']>> = {}) {
  return kustomization({ spec: { decryption: { provider: 'sops', ...fields } } });
}

function fileFor(key: MasterKey): Uint8Array {
  const { type, encrypted: enc } = key;
  const fields = {
    kms: () => ({ arn: 'arn' in key && key.arn }),
    gcp_kms: () => ({ resource_id: 'resource' in key && key.resource }),
    azure_kv: () => ({ vault_url: 'vault' in key && key.vault, name: 'k', version: '' }),
    hc_vault: () => ({ vault_address: ADDRESS, engine_path: 'transit', key_name: 'k' }),
  }[type as 'kms']();
  const sops = { mac: 'ENC[', [type]: [{ ...fields, enc }] };
  return new TextEncoder().encode(JSON.stringify({ sops }, null, 1));
}

const KEYS: readonly MasterKey[] = [
  {
    type: 'kms',
    arn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    role: '',
    context: {},
    encrypted: 'eA==',
  },
  { type: 'gcp_kms', resource: 'projects/p/locations/l/keyRings/r/cryptoKeys/k', encrypted: 'eA==' },
  { type: 'azure_kv', vault: 'https://v.vault.azure.net', name: 'k', version: '', encrypted: 'eA' },
];

describe('cloud keys without credentials in a Secret', () => {
  test('[KS-51 ambient-identity] are asked as whoever the cluster lends', async () => {
    const { scope, askers, requests } = scopeOf();
    const decryptor = await openDecryptor(decrypting(), undefined, scope);

    for (const key of KEYS) await decryptor?.file(fileFor(key), 'x.json', 'file');

    expect(askers.map(({ asked }) => asked)).toEqual(['aws', 'google', 'azure']);
    for (const { serviceAccount, namespace, record } of askers) {
      expect({ serviceAccount, namespace, record }).toEqual({
        serviceAccount: undefined,
        namespace: 'apps',
        record: scope.record,
      });
    }
    expect(askers[2]).toMatchObject({ scope: 'https://vault.azure.net/.default' });
    expect(requests.map(({ url }) => new URL(url).host)).toEqual([
      'kms.eu-central-1.amazonaws.com',
      'cloudkms.googleapis.com',
      'v.vault.azure.net',
    ]);
  });

  test('[KS-50 service-account] [KS-18 workload-identity] are asked as the account that is named, with the gate open', async () => {
    const { scope, askers } = scopeOf({ settings: OPEN });
    const decryptor = await openDecryptor(decrypting({ serviceAccountName: 'sops' }), undefined, scope);

    for (const key of KEYS) await decryptor?.file(fileFor(key), 'x.json', 'file');

    expect(askers.map(({ serviceAccount }) => serviceAccount)).toEqual(['sops', 'sops', 'sops']);
  });

  test('[COM-24 decryption-account] are asked as the account default in profile lockdown, and never without the gate', async () => {
    const open = scopeOf({ settings: { profile: 'lockdown', ...OPEN } });
    const shut = scopeOf({ settings: { profile: 'lockdown' } });
    const [key] = KEYS as [MasterKey];

    await (await openDecryptor(decrypting(), undefined, open.scope))?.file(fileFor(key), 'x.json', 'file');
    const refused = (await openDecryptor(decrypting(), undefined, shut.scope))?.file(
      fileFor(key),
      'x.json',
      'file',
    );

    expect(open.askers.map(({ serviceAccount }) => serviceAccount)).toEqual(['default']);
    await expect(refused).rejects.toThrow(
      "nothing is asked as service account 'default' while the feature gate ObjectLevelWorkloadIdentity is disabled",
    );
    expect(shut.askers).toEqual([]);
  });
});

describe('[KS-05 gate] a service account', () => {
  test('stalls while the gate is closed, before anything is read', async () => {
    const object = decrypting({ serviceAccountName: 'sops' });
    const { scope } = scopeOf();

    const plan = decide(object, await observe(object, scope));

    expect(plan).toMatchObject({ do: 'stall', reason: 'FeatureGateDisabled' });
    expect(closedGate(object, scopeOf({ settings: OPEN }).scope)).toBeUndefined();
    expect(decide(object, seen()).do).toBe('apply');
  });
});

describe('[KS-51 vault-login] Vault without a token in a Secret', () => {
  const key: MasterKey = {
    type: 'hc_vault',
    address: ADDRESS,
    engine: 'transit',
    name: 'k',
    encrypted: 'vault:v1:x',
  };
  const config = (text: string, name = 'vaults') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'flux-system', name },
    data: { 'config.yaml': text },
  });
  const settings = { ...OPEN, sopsVaultConfigMap: 'vaults' };
  const listed = `instances: [{address: "${ADDRESS}", loginPath: auth/cluster a/login}]`;
  const ask = async (around: Around) => {
    const around_ = scopeOf(around);
    const decryptor = await openDecryptor(
      decrypting({ serviceAccountName: 'sops' }),
      undefined,
      around_.scope,
    );
    return { ...around_, result: decryptor?.file(fileFor(key), 'x.json', 'file') };
  };

  test('is logged into with the account’s token for its address, as the role of the token', async () => {
    const { result, askers, requests } = await ask({ settings, objects: [config(listed)] });

    await result;

    expect(askers).toMatchObject([{ asked: 'account', serviceAccount: 'sops', audiences: [ADDRESS] }]);
    expect(requests[0]?.url).toBe(`${ADDRESS}/v1/auth/cluster%20a/login`);
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ role: 'apps_sops' });
    expect(requests[0]?.headers['x-vault-token']).toBeUndefined();
    expect(requests[1]).toMatchObject({
      url: `${ADDRESS}/v1/transit/decrypt/k`,
      headers: { 'x-vault-token': 's.login' },
    });
  });

  test.each<[string, Around]>([
    ['no Vault login path configured for address', { settings, objects: [config('instances: []')] }],
    ["Vault ConfigMap 'flux-system/vaults': not found", { settings }],
    ['have a ConfigMap of Vault servers set for the cluster', { settings: OPEN, objects: [config(listed)] }],
  ])('is not asked: %s', async (why, around) => {
    const { result, askers, requests } = await ask(around);

    await expect(result).rejects.toThrow(why);
    expect([...askers, ...requests]).toEqual([]);
  });
});

describe('the Secret with keys', () => {
  const secret = (text: string, namespace = 'apps', name = 'keys') => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    data: { 'a.agekey': Buffer.from(text).toString('base64') },
  });
  const object = decrypting({ secretRef: { name: 'keys' } });

  test('[KS-16 decryption-secret] is part of the input, and wakes the object when it is watched', async () => {
    const [one, same, other] = await Promise.all(
      ['a', 'a', 'b'].map((text) => observe(object, scopeOf({ objects: [secret(text)] }).scope)),
    );

    expect(one?.inputDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(same?.inputDigest).toBe(one?.inputDigest);
    expect(other?.inputDigest).not.toBe(one?.inputDigest);
    expect(configurationOf(object)).toContainEqual({ kind: 'Secret', name: 'keys' });
  });

  test('is the object’s own before the operator’s, which lends age keys alone', async () => {
    const settings = { sopsAgeSecret: 'defaults' };
    const objects = [secret('own'), secret('default', 'flux-system', 'defaults')];
    const { scope } = scopeOf({ settings, objects });

    expect(await readKeys(object, scope)).toMatchObject({ ok: true, secret: { ageOnly: false } });
    expect(await readKeys(decrypting(), scope)).toMatchObject({
      ok: true,
      secret: { ageOnly: true, title: "SOPS age decryption Secret 'flux-system/defaults'" },
    });
    expect(await readKeys(kustomization(), scope)).toEqual({ ok: true, secret: undefined });
    expect(await openDecryptor(kustomization(), undefined, scope)).toBeUndefined();
  });

  test('that is missing fails the build', async () => {
    const found = await observe(object, scopeOf().scope);

    expect(decide(object, found)).toMatchObject({
      do: 'fail',
      reason: 'BuildFailed',
      message: 'secrets "keys" not found',
    });
  });
});

test('a message is shown without what was decrypted', async () => {
  const decryptor = createDecryptor(async () => new Uint8Array(32));

  await expect(decryptor.file(new Uint8Array(5 * 1024 * 1024 + 1), 'x', 'file')).rejects.toThrow(
    'cannot decrypt file with size (5242881 bytes) exceeding limit (5242880)',
  );
  expect(decryptor.hide('nothing to hide')).toBe('nothing to hide');
});
