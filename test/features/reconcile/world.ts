import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryQueues } from '../../../shared/adapters/memory/memory-queues.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { QueueName } from '../../../shared/core/messages.ts';
import type {
  Cluster,
  ClusterRecord,
  KubernetesObject,
  ObjectReference,
  Ports,
} from '../../../shared/ports.ts';
import { clusterRecord, NOW } from '../../builders.ts';

/** What a test wants of its world. */
export interface Wanted {
  readonly objects?: readonly KubernetesObject[];
  readonly record?: Partial<ClusterRecord>;
  /** Thrown when the cluster is opened. */
  readonly broken?: Fault;
}

/** One cluster `c1` that we own, with a clock, queues, a store and a log in memory. */
export function createWorld({ objects = [], record, broken }: Wanted = {}) {
  const clock = createManualClock(NOW);
  const chance = createSeededChance();
  const queues = createMemoryQueues(clock, chance);
  const store = createMemoryStore(clock);
  const log = createCollectingLog();
  const owner = { deployment: 'd1', cluster: 'c1', owns: 'all' };
  const claim = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'sluice-owner', namespace: 'flux-system' },
  };
  const small = createSmallCluster([...objects, { ...claim, data: owner }]);
  const records = [clusterRecord(record)];
  const clusters = {
    list: async () => records,
    get: async (id: string) => records.find((one) => one.id === id),
    async open(id: string) {
      const found = records.find((one) => one.id === id);
      if (broken) throw broken;
      if (found === undefined) throw new Fault('not-found', `no cluster ${id}`);
      return { record: found, cluster: small.cluster };
    },
  };
  const deployment = { id: 'd1', key: new Uint8Array(32) };
  const artifactUrl = (cluster: string, path: string) => `http://artifacts.test/${cluster}/${path}`;
  const ports = { deployment, store, queues, clusters, clock, chance, log, artifactUrl } as unknown as Ports;
  return { clock, queues, store, log, ports, ...small };
}

/** Bodies of all messages that are ready in a queue, parsed. */
export async function bodiesOf(
  { queues }: Pick<ReturnType<typeof createWorld>, 'queues'>,
  queue: QueueName,
): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (;;) {
    const batch = await queues.receive(queue, 10, 1000);
    if (batch.length === 0) return found;
    found.push(...batch.map(({ body }) => JSON.parse(body) as Record<string, unknown>));
    await queues.acknowledge(queue, batch);
  }
}

const keyOf = ({
  kind,
  namespace = '',
  name,
}: {
  kind: string;
  namespace?: string | undefined;
  name: string;
}) => `${kind}/${namespace}/${name}`;

/** Objects by name, with the little of an API server that an engine needs: reads, merge patches by version, creates. */
function createSmallCluster(objects: readonly KubernetesObject[]) {
  const all = new Map(objects.map((object) => [keyOf({ kind: object.kind, ...object.metadata }), object]));
  const writes: { readonly reference: string; readonly manager: string; readonly patch: object }[] = [];
  const cluster = {
    id: 'c1',
    until: () => cluster,
    as: () => cluster,
    facts: async () => ({ version: 'v1.36.0', uid: 'c1' }),
    get: async (reference: ObjectReference) => all.get(keyOf(reference)),
    list: async ({ kind }: { kind: string }) => ({ resourceVersion: '1', items: ofKind(kind) }),
    listMetadata: async ({ kind }: { kind: string }, { labelSelector = '' } = {}) => {
      const [label = '', value] = labelSelector.split('=');
      const items = ofKind(kind).filter(({ metadata }) => metadata.labels?.[label] === value);
      return { resourceVersion: '1', items };
    },
    async patch(
      reference: ObjectReference,
      { merge }: { merge: Patch },
      { fieldManager }: { fieldManager: string },
    ) {
      const before = all.get(keyOf(reference));
      if (before === undefined) throw new Fault('not-found', 'gone');
      if (merge.metadata?.resourceVersion !== before.metadata.resourceVersion)
        throw new Fault('conflict', 'changed');
      const merged = mergeInto(before, merge) as KubernetesObject;
      const resourceVersion = String(Number(before.metadata.resourceVersion) + 1);
      const after = { ...merged, metadata: { ...merged.metadata, resourceVersion } };
      all.set(keyOf(reference), after);
      writes.push({ reference: keyOf(reference), manager: fieldManager, patch: merge });
      return after;
    },
    async create(object: KubernetesObject) {
      const key = keyOf({ kind: object.kind, ...object.metadata });
      if (all.has(key)) throw new Fault('already-exists', key);
      all.set(key, object);
      return object;
    },
  };
  const ofKind = (kind: string) => [...all.values()].filter((object) => object.kind === kind);
  const events = () => ofKind('Event').map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  const put = (object: KubernetesObject) => all.set(keyOf({ kind: object.kind, ...object.metadata }), object);
  const read = (reference: { kind: string; namespace?: string; name: string }) => all.get(keyOf(reference));
  return { cluster: cluster as unknown as Cluster, writes, events, put, read };
}

interface Patch {
  readonly metadata?: { readonly resourceVersion?: string };
}

function mergeInto(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergeInto(result[name], value);
  }
  return result;
}
