import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { Asker, Cluster, ClusterSettings, DescribedCluster, Target } from '../../../shared/ports.ts';
import { configurationOf } from '../../../shared/reconcile/configuration.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { isOfTarget, marked } from '../../../shared/reconcile/target/marked.ts';
import {
  findPlace,
  homeOf,
  isReconciled,
  type Place,
  type Placed,
} from '../../../shared/reconcile/target/target.ts';
import { clusterRecord } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const encoded = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));

interface Around {
  readonly settings?: Partial<ClusterSettings>;
  /** By `Kind/name`, or the fault that reading it ends in. */
  readonly data?: Readonly<Record<string, Readonly<Record<string, string>> | Fault>>;
  readonly facts?: () => Promise<{ uid: string; version: string }>;
  readonly access?: () => Promise<never>;
}

/** The place of an object with this kubeConfig, and what was asked for on the way. */
async function look(kubeConfig: Placed['spec']['kubeConfig'], around: Around = {}) {
  const reached: Target[] = [];
  const askers: [Asker, DescribedCluster][] = [];
  const there = {
    until: () => there,
    facts: around.facts ?? (async () => ({ uid: 'c2', version: 'v1.35.0' })),
  } as unknown as Cluster;
  const cluster = {
    get: async ({ kind, name }: { kind: string; name: string }) => {
      const found = around.data?.[`${kind}/${name}`];
      if (found instanceof Fault) throw found;
      return found && { kind, metadata: { name }, data: found };
    },
  } as unknown as Cluster;
  const record = clusterRecord({ settings: { ...clusterRecord().settings, ...around.settings } });
  const ports = {
    deployment: { key: new Uint8Array(32) },
    clock: { timeout: () => new AbortController().signal },
    clusters: {
      reach: (target: Target) => {
        reached.push(target);
        return there;
      },
    },
    identities: {
      clusterAccess: async (asker: Asker, described: DescribedCluster) => {
        askers.push([asker, described]);
        await around.access?.();
        return { server: 'https://a.example:443', ca: 'CA', token: 't', expiresAt: new Date(0) };
      },
    },
  };
  const facts = { uid: 'c1', version: 'v1.36.0' };
  const scope = { ports, record, cluster, facts, signal: new AbortController().signal } as unknown as Scope;
  const found = await findPlace(
    { metadata: { namespace: 'apps' }, spec: kubeConfig ? { kubeConfig } : {} },
    scope,
  );
  return { found, reached, askers, scope };
}

const secretRef = { name: 'spoke' };
const configMapRef = { name: 'spoke' };

describe('the place of an object', () => {
  test('is the cluster that holds it, unless it names another', async () => {
    const { found, scope } = await look(undefined);
    expect(found).toEqual({ ok: true, place: homeOf(scope) });

    const data = { 'Secret/spoke': encoded({ value: 'a kubeconfig' }) };
    const { found: other, reached } = await look({ secretRef }, { data });
    expect(other).toMatchObject({ ok: true, place: { facts: { uid: 'c2' } } });
    expect(reached).toEqual([{ profile: 'flux', insecureTls: false, kubeconfig: 'a kubeconfig' }]);
  });

  test('[KS-101 insecure-tls] is reached as the operator set it for the cluster', async () => {
    const data = { 'Secret/spoke': encoded({ value: 'x' }) };
    const settings = { profile: 'lockdown', insecureKubeconfigTls: true } as const;

    const { reached } = await look({ secretRef }, { data, settings });
    expect(reached).toEqual([{ profile: 'lockdown', insecureTls: true, kubeconfig: 'x' }]);
  });

  test.each([
    ['nothing', {}],
    ['both', { secretRef, configMapRef }],
  ])('is nowhere when it names %s', async (_name, kubeConfig) => {
    const { found, reached } = await look(kubeConfig);

    expect(found).toMatchObject({
      ok: false,
      gone: false,
      message: expect.stringContaining('exactly one of'),
    });
    expect(reached).toEqual([]);
  });

  test.each([
    ['a Secret', { secretRef }, {}],
    [
      'a key of the Secret',
      { secretRef: { name: 'spoke', key: 'x' } },
      { 'Secret/spoke': encoded({ value: '' }) },
    ],
    ['a ConfigMap', { configMapRef }, {}],
  ])('is gone without %s', async (_name, kubeConfig, data) => {
    expect((await look(kubeConfig, { data })).found).toMatchObject({ ok: false, gone: true });
  });

  test('is gone without its account, and not for any other refusal of a cloud', async () => {
    const data = { 'ConfigMap/spoke': { provider: 'gcp', cluster: 'c', serviceAccountName: 'a' } };
    const failing = (details: object) => async () => {
      throw new Fault('not-found', 'no', { ...details });
    };

    const account = await look({ configMapRef }, { data, access: failing({ kind: 'ServiceAccount' }) });
    expect(account.found).toMatchObject({ ok: false, gone: true });
    const cluster = await look({ configMapRef }, { data, access: failing({}) });
    expect(cluster.found).toMatchObject({ ok: false, gone: false });
  });

  test('trouble of the cluster that holds the object is no condition of the object', async () => {
    const data = { 'Secret/spoke': new Fault('unreachable', 'nobody answers') };

    await faultOf(look({ secretRef }, { data }), 'unreachable');
  });

  test('is not there while nobody answers, with secrets taken out of what is said', async () => {
    const data = { 'Secret/spoke': encoded({ value: 'x' }) };
    const facts = async () => {
      throw new Fault('unreachable', 'no answer from https://me:hidden@a.example');
    };

    const { found } = await look({ secretRef }, { data, facts });
    expect(found).toMatchObject({ ok: false, gone: false });
    expect(JSON.stringify(found)).not.toContain('hidden');
  });

  test('[KS-102 config-map] [KS-102 audiences] is asked for as the ConfigMap describes it', async () => {
    const map = {
      provider: 'aws',
      cluster: 'arn',
      address: 'a.example',
      'ca.crt': 'CA',
      audiences: ' one\n\n two \n',
      serviceAccountName: 'deployer',
    };
    const { askers, reached } = await look({ configMapRef }, { data: { 'ConfigMap/spoke': map } });

    expect(askers).toEqual([
      [
        expect.objectContaining({ namespace: 'apps', serviceAccount: 'deployer', audiences: ['one', 'two'] }),
        { provider: 'aws', cluster: 'arn', address: 'a.example', ca: 'CA' },
      ],
    ]);
    expect(reached).toEqual([{ profile: 'flux', server: 'https://a.example:443', ca: 'CA', token: 't' }]);
  });

  test('[COM-24 kubeconfig-account] is asked for as nobody or, in profile lockdown, as the account default', async () => {
    const data = { 'ConfigMap/spoke': { provider: 'aws', cluster: 'arn' } };

    const { askers: open } = await look({ configMapRef }, { data });
    expect(open[0]?.[0]).not.toHaveProperty('serviceAccount');
    const { askers: locked } = await look({ configMapRef }, { data, settings: { profile: 'lockdown' } });
    expect(locked[0]?.[0]).toMatchObject({ serviceAccount: 'default' });
  });
});

describe('whether a place is reconciled from here', () => {
  const placeOf = (uid: string) => ({ facts: { uid, version: '' } }) as Place;
  const asked = (uid: string, get: () => Promise<unknown> = async () => undefined) => {
    const record = clusterRecord();
    return isReconciled(placeOf(uid), { record, ports: { clusters: { get } } } as unknown as Scope);
  };
  const owning = (owns: ClusterSettings['owns']) => async () =>
    clusterRecord({ settings: { ...clusterRecord().settings, owns } });

  test.each([
    ['the cluster that holds the object', true, clusterRecord().id, undefined],
    ['a cluster that nobody has registered', false, 'c2', undefined],
    ['a registered one', true, 'c2', owning('all')],
    ['one that is registered and left alone', false, 'c2', owning('none')],
    [
      'one whose record cannot be read',
      true,
      'c2',
      async () => {
        throw new Fault('malformed', 'no');
      },
    ],
  ] as const)('%s: %s', async (_name, expected, uid, get) => {
    expect(await asked(uid, get)).toBe(expected);
  });
});

test('[KS-16 configuration] what describes another cluster wakes the object when it changes', () => {
  const of = (kubeConfig: object) => configurationOf({ kind: 'Kustomization', spec: { kubeConfig } });

  expect(of({ secretRef })).toEqual([{ kind: 'Secret', name: 'spoke' }]);
  expect(of({ configMapRef })).toEqual([{ kind: 'ConfigMap', name: 'spoke' }]);
});

test('faults of a target can be told from those of the cluster that holds the object', async () => {
  const failing = async (): Promise<never> => {
    throw new Fault('forbidden', 'no', { status: 403 });
  };
  const names = [
    'facts',
    'resource',
    'get',
    'list',
    'listMetadata',
    'create',
    'apply',
    'patch',
    'delete',
  ] as const;
  const plain = Object.fromEntries([...names, 'accountToken'].map((name) => [name, failing]));
  const cluster = { ...plain, as: () => cluster, until: () => cluster } as unknown as Cluster;
  const there = marked(cluster).as('user').until(new AbortController().signal);

  for (const name of [...names, 'accountToken'] as const) {
    const call = there[name] as () => Promise<unknown>;
    const fault = await faultOf(call(), 'forbidden');
    expect(fault.data).toMatchObject({ status: 403 });
    expect(isOfTarget(fault), name).toBe(true);
  }
  expect(isOfTarget(new Fault('forbidden', 'no'))).toBe(false);
});
