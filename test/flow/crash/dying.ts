import type { Cluster, GitRemote, Http, Ports } from '../../../shared/ports.ts';

/** What a port throws from the process's death on: nothing of ours knows it. */
class Death extends Error {
  override readonly name = 'Death';
}

/** A process that dies. */
export interface Dying {
  readonly ports: Ports;
  readonly isDead: () => boolean;
  /** One more call; what else the process does that is seen outside counts, too. */
  readonly call: (what: string) => void;
  /** What was called, in order. */
  readonly calls: readonly string[];
}

/** Ports of a process that dies when it makes its call number `at` (from 1): neither that one nor any later one has an effect. */
export function dying(ports: Ports, at: number): Dying {
  const calls: string[] = [];
  let dead = false;
  const call = (what: string): void => {
    calls.push(what);
    dead ||= calls.length >= at;
    if (dead) throw new Death(`the process died before ${what}`);
  };
  const counted = <Port extends object>(
    name: string,
    port: Port,
    methods: readonly (keyof Port & string)[],
  ): Port => {
    const wrapped = methods.map((method) => {
      const original = port[method] as (...given: readonly unknown[]) => unknown;
      return [
        method,
        async (...given: readonly unknown[]) => {
          call(`${name}.${method} ${about(given[0])}${isDryRun(given[1]) ? TRIED : ''}`);
          const answer = await original.apply(port, [...given]);
          // Whoever died meanwhile does not hear it any more.
          if (dead) throw new Death('the process died');
          return answer;
        },
      ] as const;
    });
    return { ...port, ...Object.fromEntries(wrapped) };
  };
  const cluster = (real: Cluster): Cluster => ({
    ...counted('cluster', real, [
      'facts',
      'get',
      'list',
      'listMetadata',
      'create',
      'apply',
      'patch',
      'delete',
    ]),
    as: (user) => cluster(real.as(user)),
    until: (signal) => cluster(real.until(signal)),
  });
  const remote = (real: GitRemote): GitRemote => counted('git', real, ['lsRefs', 'fetchPack']);
  const { store, clusters, git, queues } = ports;
  const ways = new Map<Http, Http>();
  const way = (real: Http): Http => {
    const known = ways.get(real) ?? counted('http', real, ['request']);
    ways.set(real, known);
    return known;
  };
  const registry = counted('clusters', clusters, ['list', 'get', 'open']);
  return {
    call,
    calls,
    isDead: () => dead,
    ports: {
      ...ports,
      store: {
        ...counted('store', store, ['get', 'head', 'put', 'delete']),
        list: (prefix) => {
          call(`store.list ${prefix}`);
          return store.list(prefix);
        },
      },
      queues: counted('queues', queues, ['send']),
      clusters: {
        ...registry,
        open: async (id) => {
          const opened = await registry.open(id);
          return { ...opened, cluster: cluster(opened.cluster) };
        },
      },
      git: { open: (address, signal) => remote(git.open(address, signal)) },
      http: (profile) => way(ports.http(profile)),
    },
  };
}

const TRIED = ' (dry run)';

function isDryRun(options: unknown): boolean {
  return (options as { readonly dryRun?: boolean } | undefined)?.dryRun === true;
}

/** Calls that leave no trace when the process dies at the next one. */
const READS = /^(cluster\.(facts|get|list|listMetadata)|store\.(get|head|list)|git\.|http\.|clusters\.)/;

/**
 * The numbers of the calls (from 1) at which a death may leave something else than a death at an earlier one: the first,
 * and each that comes after a call with an effect.
 */
export function tellingCalls(calls: readonly string[]): readonly number[] {
  const numbers = [...calls.keys(), calls.length].map((index) => index + 1);
  return numbers.filter((at) => at === 1 || hasEffect(calls[at - 2] ?? ''));
}

function hasEffect(call: string): boolean {
  return !READS.test(call) && !call.endsWith(TRIED);
}

function about(given: unknown): string {
  if (typeof given === 'string') return given;
  const {
    kind = '',
    name,
    metadata,
    url,
  } = (given ?? {}) as {
    kind?: string;
    name?: string;
    metadata?: { name?: string };
    url?: string;
  };
  if (url !== undefined) return new URL(url).pathname;
  return `${kind}/${name ?? metadata?.name ?? ''}`;
}
