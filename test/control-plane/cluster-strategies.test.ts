import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ApiError, invalid } from '../../infra/local/cluster/api-error.ts';
import type { Entry, Store } from '../../infra/local/cluster/model.ts';
import { newMetadataFaults } from '../../infra/local/cluster/requests/metadata-rules.ts';
import { strategyOf } from '../../infra/local/cluster/strategies/strategy-of.ts';
import type { StrategyWorld } from '../../infra/local/cluster/strategy.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type ApiAnswer, connect, until } from './api.ts';
import { changed, goodObjects, pathOf, typeOf, variants } from './cluster-samples/samples.ts';

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly causes?: readonly {
      readonly reason: string;
      readonly field: string;
      readonly message: string;
    }[];
  };
}

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
const namespace = `strategies-${randomBytes(4).toString('hex')}`;
const good = goodObjects();
const made: string[] = [];

beforeAll(async () => {
  await api.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await until('the namespace has its account', () => api.get(account));
});

afterAll(async () => {
  for (const path of made.toReversed()) await api.send('DELETE', path);
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
});

// Nothing is stored but the account that every pod needs.
const store = {
  get: (id: string) => (id === '/serviceaccounts' ? ({} as Entry) : undefined),
  list: () => [],
} as unknown as Store;
const nature = {
  now: () => new Date(),
  uuid: () => 'uid',
  suffix: (length: number) => 'x'.repeat(length),
  after: () => () => undefined,
};
const world: StrategyWorld = { store, nature };

function created(object: KubernetesObject, uid = 'uid'): KubernetesObject {
  const type = typeOf(object);
  const metadata = { ...object.metadata, uid, ...(type.namespaced && { namespace: inNamespace(object) }) };
  const strategy = strategyOf(type);
  const placed = strategy.prepareCreate(strategy.defaults({ ...object, metadata }), world);
  const faults = [...newMetadataFaults(type, placed), ...strategy.validate(placed, undefined, undefined)];
  if (faults.length > 0) throw invalid(type, placed.metadata.name, faults);
  return placed;
}

function refusal(work: () => unknown): ApiError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** What every cluster makes anew, and what is another hand's. */
function comparable(object: KubernetesObject): unknown {
  const text = JSON.stringify(object, (name, value) =>
    ['creationTimestamp', 'managedFields', 'lastPhaseTransitionTime', 'clusterIP', 'clusterIPs'].includes(
      name,
    ) ||
    name.toLowerCase().endsWith('nodeport') ||
    (name === 'lastTransitionTime' && value !== null)
      ? undefined
      : value,
  );
  const copy = JSON.parse(text);
  delete copy.metadata.uid;
  if (object.kind === 'Pod') withoutTokenVolume(copy.spec);
  // Admission taints nodes that are not ready; here none ever is so.
  if (object.kind === 'Node') delete copy.spec.taints;
  return copy;
}

interface Mounting {
  volumes?: { name: string }[];
  containers: { volumeMounts?: { name: string }[] }[];
  initContainers?: { volumeMounts?: { name: string }[] }[];
}

// No container runs that could read a token, so that no volume is added for it.
function withoutTokenVolume(spec: Mounting): void {
  const isOther = ({ name }: { name: string }) => !name.startsWith('kube-api-access-');
  const left = <T extends { name: string }>(list: T[] | undefined) => {
    const others = list?.filter(isOther) ?? [];
    return others.length > 0 ? others : undefined;
  };
  const assign = (object: object, name: string, value: unknown) =>
    value === undefined ? Reflect.deleteProperty(object, name) : Reflect.set(object, name, value);
  assign(spec, 'volumes', left(spec.volumes));
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    assign(container, 'volumeMounts', left(container.volumeMounts));
  }
}

describe('what is made of good objects', () => {
  test.each([...good.keys()])('%s', async (name) => {
    const object = good.get(name) as KubernetesObject;
    const path = `${pathOf(typeOf(object), inNamespace(object))}?dryRun=All`;

    const answer = await api.send<KubernetesObject>('POST', path, object);

    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    const ours = created({ ...object, metadata: { ...object.metadata } }, answer.body.metadata.uid);
    expect(comparable(ours)).toEqual(comparable(answer.body));
  });
});

// Events are about objects of their own namespace.
function inNamespace(object: KubernetesObject): string {
  return object.metadata.namespace ?? namespace;
}

/** Causes without what differs between two clusters: uids, and the differences that some messages draw. */
function causesOf(status: Status | ApiError | undefined, withMessages: boolean): string[] {
  const causes = (status as Status | undefined)?.details?.causes ?? [];
  return causes
    .map(({ reason, field, message }) =>
      withMessages ? `${reason} ${field}: ${plain(message)}` : `${reason} ${field}`,
    )
    .toSorted();
}

function plain(message: string): string {
  const [first = ''] = message.split('\n');
  return first.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uid');
}

describe('what is said to wrong objects', () => {
  const cases = variants('bad').map((one) => [`${one.of} ${JSON.stringify(one.set)}`, one] as const);

  test.each(cases)('%s', async (_, { of, set, says }) => {
    const object = changed(good.get(of) as KubernetesObject, set);

    const path = `${pathOf(typeOf(object), namespace)}?dryRun=All`;
    const answer = await api.send<Status>('POST', path, object);
    const ours = refusal(() => created(object));

    expect(ours?.code).toBe(answer.status);
    expect(ours?.reason).toBe(answer.body.reason);
    expect(causesOf(ours, says !== 'other')).toEqual(causesOf(answer.body, says !== 'other'));
  });
});

describe('what is said to changes', () => {
  const cases = variants('changes').map((one) => [`${one.of} ${JSON.stringify(one.set)}`, one] as const);

  test.each(cases)('%s', async (_, { of, set, allowed, says }) => {
    const base = good.get(of) as KubernetesObject;
    const type = typeOf(base);
    const path = `${pathOf(type, namespace)}/${base.metadata.name}`;
    const live = await existing(pathOf(type, namespace), path, base);
    const { managedFields: _managedFields, resourceVersion: _version, ...metadata } = live.metadata;
    // Controllers write while we look: only a kind that insists gets the version.
    const isConditional = ['CustomResourceDefinition', 'RuntimeClass'].includes(type.kind);
    const next = changed({ ...live, metadata: isConditional ? live.metadata : metadata }, set);

    const answer: ApiAnswer<Status> = await api.send('PUT', `${path}?dryRun=All`, next);
    const strategy = strategyOf(type);
    const ours = refusal(() => {
      const prepared = strategy.prepareUpdate(strategy.defaults(next), live, undefined, world);
      const faults = strategy.validate(prepared, live, undefined);
      if (faults.length > 0) throw invalid(type, live.metadata.name, faults);
    });

    expect(answer.status).toBe(allowed ? 200 : 422);
    expect(ours?.code).toBe(allowed ? undefined : 422);
    expect(causesOf(ours, says !== 'other')).toEqual(causesOf(answer.body, says !== 'other'));
  });
});

async function existing(collection: string, path: string, base: KubernetesObject): Promise<KubernetesObject> {
  if (!made.includes(path)) {
    await api.create(collection, base);
    made.push(path);
    // A CRD is established in a moment.
    if (base.kind === 'CustomResourceDefinition') await sleep(500);
    if (base.kind === 'Pod') await until('the pod runs', () => running(path));
  }
  return (await api.get<KubernetesObject>(path)) as KubernetesObject;
}

async function running(path: string): Promise<true | undefined> {
  const pod = await api.get<KubernetesObject & { readonly status?: { readonly phase?: string } }>(path);
  return pod?.status?.phase === 'Running' || undefined;
}
