import { describe, expect, test } from 'vitest';
import type { ReceiverResource } from '../../../shared/api/receiver.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { KubernetesObject, Ports } from '../../../shared/ports.ts';
import type { HookMessage } from '../../../shared/receive/hook-message.ts';
import { addressDigest } from '../../../shared/receive/repository-address.ts';
import { keepRepository } from '../../../shared/receive/repository-index.ts';
import { arrive } from '../../../shared/reconcile/arrivals.ts';
import { clusterRecord, delivery, NOW } from '../../builders.ts';
import { bodiesOf, createWorld, type Wanted } from '../reconcile/world.ts';

const { signal } = new AbortController();
const CLOCK_TIMEOUT = { timeout: () => new AbortController().signal };

function hook(
  resources: readonly ReceiverResource[],
  overrides: Partial<HookMessage> & { readonly cluster?: string } = {},
): HookMessage {
  const { cluster = 'c1', ...rest } = overrides;
  return {
    delivery: 'd'.repeat(64),
    receivers: [{ cluster, namespace: 'apps', name: 'hook', resources }],
    repositories: [],
    since: NOW.toISOString(),
    trace: 'trace-1',
    hops: 0,
    ...rest,
  };
}

function source(name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  const metadata = { name, namespace: 'apps', labels, uid: name, resourceVersion: '1' };
  return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata };
}

/** A world whose clock gives timeouts that never fire. */
function worldOf(wanted: Wanted = {}) {
  const world = createWorld(wanted);
  const ports: Ports = { ...world.ports, clock: { ...world.ports.clock, ...CLOCK_TIMEOUT } };
  const expand = async (message: HookMessage, others: Partial<Ports> = {}): Promise<boolean> => {
    const settled = await arrive([delivery('1', message)], { ...ports, ...others }, signal);
    return settled.every(({ ok }) => ok);
  };
  const woken = async (queue: 'source' | 'apply'): Promise<readonly string[]> =>
    (await bodiesOf(world, queue)).map(({ cluster, kind, namespace, name }) =>
      [cluster, kind, namespace, name].join('/'),
    );
  return { ...world, ports, expand, woken };
}

const GIT = { kind: 'GitRepository' } as const;

describe('a delivery that arrived', () => {
  test('[RC-14 effect] wakes what its Receiver names, by a message to the queue of each kind', async () => {
    const world = worldOf();
    const apiVersion = 'kustomize.toolkit.fluxcd.io/v1';

    await world.expand(
      hook([
        { ...GIT, name: 'web' },
        { kind: 'Kustomization', apiVersion, name: 'site', namespace: 'other' },
      ]),
    );

    const message = {
      cluster: 'c1',
      reason: 'delivery',
      hops: 0,
      trace: 'trace-1',
      since: NOW.toISOString(),
    };
    expect(await bodiesOf(world, 'source')).toEqual([{ ...message, ...GIT, namespace: 'apps', name: 'web' }]);
    expect(await bodiesOf(world, 'apply')).toEqual([
      { ...message, kind: 'Kustomization', namespace: 'other', name: 'site' },
    ]);
  });

  test('[RC-40 replay-dropped] twice within 5 minutes wakes once, another delivery again', async () => {
    const world = worldOf();
    const message = hook([{ ...GIT, name: 'web' }]);
    await world.expand(message);
    await world.expand(message);
    expect(await world.woken('source')).toHaveLength(1);

    await world.clock.advance(4 * 60_000);
    await world.expand(message);
    expect(await world.woken('source')).toEqual([]);

    await world.expand({ ...message, delivery: 'another' });
    expect(await world.woken('source')).toHaveLength(1);
  });

  test('[RC-13 order] one resource that is wrong does not keep the next from being woken, and is told', async () => {
    const world = worldOf();

    const ok = await world.expand(
      hook([
        { kind: 'Kustomization', name: 'site' },
        { ...GIT, name: '*' },
        { kind: 'ExternalArtifact', name: 'x', apiVersion: 'source.toolkit.fluxcd.io/v1' },
        { ...GIT, name: 'web' },
      ]),
    );

    expect(ok).toBe(true);
    expect(await world.woken('source')).toEqual(['c1/GitRepository/apps/web']);
    expect(world.log.entries.map(({ data }) => data.error)).toEqual([
      'apiVersion must be specified for kind "Kustomization"',
      "matchLabels field not set when using wildcard '*' as name",
      'objects of kind ExternalArtifact are not reconciled',
    ]);
    expect(await bodiesOf(world, 'arrivals')).toEqual([]);
  });

  test('[RC-16 labels] wakes all that carry the labels', async () => {
    const world = worldOf({ objects: [source('a', { team: 'x' }), source('b'), source('c', { team: 'x' })] });

    await world.expand(hook([{ ...GIT, name: '*', matchLabels: { team: 'x' } }]));

    expect(await world.woken('source')).toEqual(['c1/GitRepository/apps/a', 'c1/GitRepository/apps/c']);
  });

  test('[RC-16 empty] may find nothing to wake, which is no trouble', async () => {
    const world = worldOf();

    expect(await world.expand(hook([{ ...GIT, name: '*', matchLabels: { team: 'x' } }]))).toBe(true);
    expect(await world.woken('source')).toEqual([]);
    expect(world.log.entries.map(({ level }) => level)).toEqual(['info']);
  });

  test('[RC-17 cross] wakes nothing of another namespace on a cluster that is locked down', async () => {
    const settings = { owns: 'all', profile: 'lockdown', groups: 16 } as const;
    const world = worldOf({ record: { settings } });

    await world.expand(
      hook([
        { ...GIT, name: 'web', namespace: 'other' },
        { ...GIT, name: 'web' },
      ]),
    );

    expect(await world.woken('source')).toEqual(['c1/GitRepository/apps/web']);
    expect(JSON.stringify(world.log.entries)).toContain('cross-namespace references are not allowed');
  });

  test('for a cluster that has left is done with', async () => {
    const world = worldOf();

    expect(await world.expand(hook([{ ...GIT, name: 'web' }], { cluster: 'gone' }))).toBe(true);
    expect(await world.woken('source')).toEqual([]);
  });

  test('comes again when it could not be handed on', async () => {
    const world = worldOf();
    const send = async (): Promise<never> => {
      throw new Fault('unreachable', 'down');
    };

    expect(await world.expand(hook([{ ...GIT, name: 'web' }]), { queues: { send } })).toBe(false);
  });
});

describe('a cluster that is down', () => {
  const broken = new Fault('unreachable', 'connection refused');
  const wildcard = { ...GIT, name: '*', matchLabels: { team: 'x' } } as const;

  test('holds up neither names nor other Receivers; its wildcards are asked for again, later and later', async () => {
    const world = worldOf({ broken });
    const message = hook([{ ...GIT, name: 'web' }, wildcard], { hops: 0 });

    expect(await world.expand(message)).toBe(true);

    expect(await world.woken('source')).toEqual(['c1/GitRepository/apps/web']);
    expect(await bodiesOf(world, 'arrivals')).toEqual([]);
    await world.clock.advance(5000);
    expect(await bodiesOf(world, 'arrivals')).toEqual([hook([wildcard], { hops: 1 })]);

    await world.expand(hook([wildcard], { hops: 1 }));
    await world.clock.advance(14_000);
    expect(await bodiesOf(world, 'arrivals')).toEqual([]);
    await world.clock.advance(1000);
    expect(await bodiesOf(world, 'arrivals')).toEqual([hook([wildcard], { hops: 2 })]);
  });

  test('is given up at last', async () => {
    const world = worldOf({ broken });

    expect(await world.expand(hook([wildcard], { hops: 5 }))).toBe(true);
    await world.clock.advance(900_000);
    expect(await bodiesOf(world, 'arrivals')).toEqual([]);
  });
});

describe('a delivery for the whole fleet', () => {
  const digest = addressDigest('host/org/app');
  const of = (cluster: string, name: string) => ({ cluster, kind: 'GitRepository', namespace: 'apps', name });

  test('wakes every object of every registered cluster whose repository it names, each once', async () => {
    const world = worldOf();
    const records = [clusterRecord(), clusterRecord({ id: 'c2', name: 'two' })];
    const clusters = {
      ...world.ports.clusters,
      get: async (id: string) => records.find((one) => one.id === id),
    };
    const other = addressDigest('ssh.host/org/app');
    for (const [cluster, name] of [
      ['c1', 'a'],
      ['c2', 'a'],
      ['c2', 'b'],
      ['gone', 'a'],
    ] as const)
      await keepRepository(world.store, of(cluster, name), 'https://host/org/app');
    await keepRepository(world.store, of('c2', 'c'), 'https://ssh.host/org/app');

    const message = hook([], { receivers: [], repositories: [digest, other, digest] });
    expect(await world.expand(message, { clusters })).toBe(true);

    expect((await world.woken('source')).toSorted()).toEqual([
      'c1/GitRepository/apps/a',
      'c2/GitRepository/apps/a',
      'c2/GitRepository/apps/b',
      'c2/GitRepository/apps/c',
    ]);
  });
});
