import { expect } from 'vitest';
import { ApiError } from '../../../../infra/local/cluster/api-error.ts';
import type { Delays } from '../../../../infra/local/cluster/controllers/delays.ts';
import { startControllers } from '../../../../infra/local/cluster/controllers/start.ts';
import { toObject } from '../../../../infra/local/cluster/store/entry.ts';
import type {
  KubernetesObject,
  ObjectMetadata,
  OwnerReference,
} from '../../../../shared/core/kubernetes-object.ts';
import { openTestCluster, QUERY, type TestCluster } from '../requests/world.ts';

/** A condition, as every kind has them. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

type Some<T> = readonly [T, ...T[]];

interface ContainerStatus {
  readonly restartCount: number;
  readonly state: { readonly waiting: { readonly reason: string } };
}

/** What tests look at, of objects of any kind. */
export interface Seen {
  readonly metadata: ObjectMetadata & {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: Some<{ readonly image: string }>;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  readonly status: Readonly<Record<string, unknown>> & {
    readonly updateRevision: string;
    readonly conditions: readonly Condition[];
    readonly containerStatuses: Some<ContainerStatus>;
  };
  readonly data?: unknown;
  readonly ports?: unknown;
  readonly revision?: number;
  readonly endpoints: Some<{ readonly addresses: readonly string[]; readonly conditions: unknown }>;
}

/** A cluster with controllers, whose time passes only when it is told to. */
export interface SimulatedCluster extends TestCluster {
  /** Lets time pass in steps of 10 ms, so that what follows from something follows. */
  run(milliseconds: number): void;
  find(path: string): Seen | undefined;
  /** Fails when it is not there. */
  see(path: string): Seen;
  list(path: string): Seen[];
  /** Fails when there is none. */
  first(path: string): Seen;
  replace(path: string, change: (object: Seen) => object): KubernetesObject;
  remove(path: string, query?: object): void;
  stop(): void;
}

const STEP_MS = 10;

/** Opens a cluster whose simulation runs. */
export function openSimulatedCluster(
  delays: Partial<Delays> = {},
  options: { readonly events?: boolean } = {},
): SimulatedCluster {
  const cluster = openTestCluster();
  const { api, store, world, call, pass } = cluster;
  const { catalog, nature } = world;
  // What the API refuses is tried again; anything else is a mistake of ours.
  let mistake: unknown;
  const onFailure = (_controller: string, _key: object, error: unknown) => {
    if (!(error instanceof ApiError)) mistake ??= error;
  };
  const given = { api, store, catalog, nature, delays, authority: 'the CA', onFailure };
  const stop = startControllers({ ...given, ...options });

  function run(milliseconds: number): void {
    // Waves of work at one time.
    for (let wave = 0; wave < 5; wave++) pass(0);
    for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
      pass(STEP_MS);
      for (let wave = 0; wave < 5; wave++) pass(0);
    }
    if (mistake !== undefined) throw mistake;
  }

  function find(path: string): Seen | undefined {
    const { type, namespace, name } = call(path);
    const entry = store.get(`${type.group}/${type.plural}`, namespace, name);
    return entry && (toObject(entry, type) as unknown as Seen);
  }

  function see(path: string): Seen {
    return find(path) ?? expect.fail(`nothing at ${path}`);
  }

  function list(path: string): Seen[] {
    const { type, namespace } = call(path);
    const entries = store.list(`${type.group}/${type.plural}`, namespace || undefined);
    return entries.map((entry) => toObject(entry, type) as unknown as Seen);
  }

  run(0);
  return {
    ...cluster,
    run,
    find,
    stop,
    see,
    list,
    first: (path) => list(path)[0] ?? expect.fail(`nothing at ${path}`),
    replace: (path, change) => api.update(call(path), change(see(path)) as KubernetesObject, QUERY).object,
    remove: (path, query = {}) => void api.delete(call(path), { dryRun: false, ...query }),
  };
}

/** A template of pods labelled `app: <name>`. */
export function template(image = 'app:1', spec: object = {}, name = 'app') {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }], ...spec } };
}

/** The condition of a type, as `status reason`. */
export function conditionOf(object: Pick<Seen, 'status'>, type: string): string | undefined {
  const found = object.status.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason ?? ''}`.trim();
}
