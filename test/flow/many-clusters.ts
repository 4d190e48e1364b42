import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import type { Artifact } from '../../shared/api/meta.ts';
import type {
  Collection,
  KubernetesObject,
  ObjectReference,
  ObjectStore,
  Ports,
} from '../../shared/ports.ts';
import type { CommonStatus, Reconciled, Reconciler, Scope } from '../../shared/reconcile/reconciler.ts';
import { collect } from '../contracts/collect.ts';

/** What a run leaves of a source. */
export interface SourceStatus extends CommonStatus {
  readonly artifact?: Artifact;
}

type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One deployment, and as many clusters as there are names, each with its Secrets and one object. */
export interface Fleet {
  readonly ports: Ports;
  /** One run of the object in the cluster, with `more` in its spec; its status afterwards. */
  readonly visit: (cluster: string, others?: Partial<Ports>, more?: object) => Promise<SourceStatus>;
  /** What a cluster's object says. */
  readonly statusOf: (cluster: string) => SourceStatus | undefined;
  /** Every key that was written, in order. */
  readonly puts: string[];
  /** What is stored: bytes once, and pointers of each object. */
  readonly stored: () => Promise<{
    readonly blobs: number;
    readonly pointers: number;
    readonly leases: number;
  }>;
}

/** What a fleet is beside its objects and Secrets. */
export interface Around {
  /** Those of another fleet, whose clusters these are. */
  readonly of?: Pick<Fleet, 'ports' | 'puts'>;
  /** Other objects of a cluster. */
  readonly objectsOf?: (cluster: string) => readonly KubernetesObject[];
  /** More of what is registered with each. */
  readonly settings?: object;
}

/** A fleet whose every cluster has `object` and the Secrets that `secretsOf` says, by name, without API servers. */
export function openFleet<Spec, Status extends SourceStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  object: { readonly spec: object },
  secretsOf: (cluster: string) => Secrets = () => ({}),
  { of = openPorts(), objectsOf = () => [], settings = {} }: Around = {},
): Fleet {
  const { ports, puts } = of;
  const { store } = ports;
  const statuses = new Map<string, SourceStatus>();
  return {
    ports,
    puts,
    statusOf: (cluster) => statuses.get(cluster),
    visit: async (cluster, others = {}, more = {}) => {
      const metadata = { namespace: 'apps', name: 'app', uid: cluster, generation: 1 };
      const status = statuses.get(cluster);
      const spec = { ...object.spec, ...more };
      const present = { spec, kind: kind.kind, metadata, ...(status && { status }) };
      const signal = AbortSignal.timeout(120_000);
      const there = { secrets: secretsOf(cluster), objects: objectsOf(cluster), settings };
      const scope = scopeOf(cluster, { ...ports, ...others }, there, signal);
      const after = await run(kind, present as unknown as Reconciled<Spec, Status>, scope);
      statuses.set(cluster, after);
      return after;
    },
    stored: async () => {
      const count = async (prefix: string): Promise<number> => (await collect(store.list(prefix))).length;
      return {
        blobs: await count('blobs/'),
        pointers: await count('artifacts/'),
        leases: await count('leases/'),
      };
    },
  };
}

function openPorts(): Pick<Fleet, 'ports' | 'puts'> {
  const http = createHttp({ loopback: true, privateRanges: true });
  const memory = createMemoryStore(systemClock);
  const puts: string[] = [];
  const store: ObjectStore = {
    ...memory,
    put: (key, ...rest) => {
      puts.push(key);
      return memory.put(key, ...rest);
    },
  };
  const ports = {
    ...{ store, clock: systemClock, chance: systemChance, log: createCollectingLog() },
    ...{ http: () => http, git: createGit({ http }) },
    deployment: { id: 'd1', key: new Uint8Array(32).fill(3) },
    artifactUrl: (cluster: string, path: string) => `http://artifacts.test/${cluster}/${path}`,
  } as unknown as Ports;
  return { ports, puts };
}

function scopeOf(
  cluster: string,
  ports: Ports,
  {
    secrets,
    objects,
    settings,
  }: {
    readonly secrets: Secrets;
    readonly objects: readonly KubernetesObject[];
    readonly settings: object;
  },
  signal: AbortSignal,
): Scope {
  const get = async ({ kind, name }: ObjectReference): Promise<KubernetesObject | undefined> => {
    if (kind !== 'Secret') return objects.find((one) => one.kind === kind && one.metadata.name === name);
    const data = Object.entries(secrets[name] ?? {}).map(([key, text]) => [
      key,
      Buffer.from(text).toString('base64'),
    ]);
    const found = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(data) };
    return secrets[name] === undefined ? undefined : (found as unknown as KubernetesObject);
  };
  const list = async ({ kind }: Collection) => ({ items: objects.filter((one) => one.kind === kind) });
  const accountToken = async ({ namespace, name }: Pick<ObjectReference, 'namespace' | 'name'>) => ({
    token: `${namespace}/${name} of ${cluster}`,
    expiresAt: new Date(systemClock.now().getTime() + 3_600_000),
  });
  const registered = { owns: 'all', profile: 'flux', groups: 16, ...settings };
  const record = { id: cluster, name: cluster, settings: registered };
  return { ports, record, cluster: { get, list, accountToken }, signal } as unknown as Scope;
}

async function run<Spec, Status extends SourceStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  object: Reconciled<Spec, Status>,
  scope: Scope,
): Promise<SourceStatus> {
  const seen = await kind.observe(object, scope);
  const plan = kind.decide(object, seen);
  const report = await kind.act(object, plan, seen, scope, async () => {});
  return kind.conclude(object, plan, seen, report, 0).status;
}
