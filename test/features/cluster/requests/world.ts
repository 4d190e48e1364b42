import type { Api, Call, Entry, Nature, Watched } from '../../../../infra/local/cluster/model.ts';
import { openCatalog } from '../../../../infra/local/cluster/requests/catalog.ts';
import { followDefinitions } from '../../../../infra/local/cluster/requests/definitions.ts';
import { openApi } from '../../../../infra/local/cluster/requests/open-api.ts';
import type { World } from '../../../../infra/local/cluster/requests/world.ts';
import { builtInResources } from '../../../../infra/local/cluster/schema/built-in-resources.ts';
import { structural } from '../../../../infra/local/cluster/schema/structural.ts';
import { toObject } from '../../../../infra/local/cluster/store/entry.ts';
import { type OpenStore, openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { strategyOf } from '../../../../infra/local/cluster/strategies/strategy-of.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';

/** A cluster without access, controllers and HTTP, whose clock stands still until it is moved. */
export interface TestCluster {
  readonly api: Api;
  readonly store: OpenStore;
  readonly world: World;
  /** Moves the clock, and calls what was due by then. */
  pass(milliseconds: number): void;
  call(path: string): Call;
  create(path: string, object: unknown): KubernetesObject;
  get(path: string): KubernetesObject;
  /** Events of a watch, as `TYPE name`. */
  watch(
    path: string,
    query?: Parameters<Api['watch']>[1],
  ): { readonly events: string[]; readonly stop: () => void };
}

/** How tests write. */
export const QUERY = { dryRun: false, fieldManager: 'test', fieldValidation: 'Strict' } as const;

/** When the clock of a test cluster begins. */
export const START = '2026-01-02T03:04:05Z';

/** Opens a cluster with the namespace `a`, on a store that has something already when one is given. */
export function openTestCluster({
  store: given,
  ...options
}: Partial<World> & { readonly store?: OpenStore } = {}): TestCluster {
  const { nature, pass } = testNature();
  const store = given ?? openStore({ nature });
  const catalog = openCatalog({ store, builtIn: builtInResources(), structural });
  const world: World = { store, catalog, strategies: strategyOf, nature, ...options };
  const api = openApi(world);
  followDefinitions(world, api);

  function call(path: string): Call {
    const parts = path.split('/');
    const [group = '', version = '', namespace = '', plural = '', name = '', subresource] = parts;
    const type = catalog.resource(group === 'core' ? '' : group, version, plural);
    if (!type) throw new Error(`nothing is served at ${path}`);
    return {
      user: { name: 'tester', groups: [] },
      type,
      namespace: namespace === '-' ? '' : namespace,
      name,
      ...(subresource !== undefined && { subresource }),
    };
  }

  const cluster: TestCluster = {
    api,
    store,
    world,
    pass,
    call,
    create: (path, object) => api.create(call(path), object as KubernetesObject, QUERY).object,
    get: (path) => toObject(api.get(call(path)), call(path).type),
    watch(path, query = {}) {
      const events: string[] = [];
      return { events, stop: api.watch(call(path), query, (event) => void events.push(textOf(event))) };
    },
  };
  cluster.create('core/v1/-/namespaces', { metadata: { name: 'a' } });
  return cluster;
}

function textOf(event: Watched): string {
  if (event.type !== 'BOOKMARK') return `${event.type} ${(event.entry as Entry).name}`;
  return event.initialEventsEnd ? 'BOOKMARK initial-events-end' : 'BOOKMARK';
}

function testNature(): { nature: Nature; pass: (milliseconds: number) => void } {
  let now = Date.parse(START);
  let made = 0;
  const timers = new Map<() => void, number>();
  const nature: Nature = {
    now: () => new Date(now),
    uuid: () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    suffix: (length) => 'x'.repeat(length - 1) + (made++ % 10),
    after(milliseconds, task) {
      const own = () => task();
      timers.set(own, now + milliseconds);
      return () => void timers.delete(own);
    },
  };
  function pass(milliseconds: number): void {
    now += milliseconds;
    for (const [task, due] of [...timers]) {
      if (due > now || !timers.delete(task)) continue;
      task();
    }
  }
  return { nature, pass };
}
