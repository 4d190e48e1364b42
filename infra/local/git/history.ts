import { Fault } from '../../../shared/core/failures.ts';
import { type CommitNode, parseCommit } from './commits.ts';
import type { Objects } from './objects.ts';

/** Commits of one repository, as they are for one request. */
export interface History {
  /** Commits whose parents this repository lacks, as it is itself a shallow clone. */
  readonly grafts: ReadonlySet<string>;
  /** Faults with `malformed` when it is missing. */
  commit(id: string): Promise<CommitNode>;
}

/** How deep a client wants its history; absent parts do not matter. */
export interface Deepening {
  /** Commits from the tips, the tips counted. */
  readonly depth?: number;
  /** `depth` counts from the client's present boundary. */
  readonly relative: boolean;
  /** Not older than this, in seconds. */
  readonly since?: number;
  /** Not what these commits can reach. */
  readonly not: readonly string[];
}

/** Where a deepened history ends, and what it has in full. */
export interface Boundary {
  readonly shallow: ReadonlySet<string>;
  readonly deep: ReadonlySet<string>;
}

/** What a client sends for `--unshallow`. */
export const INFINITE_DEPTH = 0x7fffffff;

/** The commits of a repository; those in `grafts` have no parents. */
export function openHistory(objects: Objects, grafts: ReadonlySet<string>): History {
  return {
    grafts,
    async commit(id) {
      const node = parseCommit(await objects.read(id, 'commit'));
      return grafts.has(id) ? { ...node, parents: [] } : node;
    },
  };
}

/** Everything that `starts` lead to, themselves among it; parents are followed only where `follows` says so. */
export async function ancestors(
  history: History,
  starts: Iterable<string>,
  follows: (id: string, node: CommitNode) => boolean,
): Promise<Map<string, CommitNode>> {
  const found = new Map<string, CommitNode>();
  const waiting = [...starts];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    const node = await history.commit(id);
    found.set(id, node);
    if (follows(id, node)) waiting.push(...node.parents);
  }
  return found;
}

/** Where the history of `tips` ends for a client whose own ends at `clientShallow`. Faults: `invalid` when nothing is left. */
export async function boundaryOf(
  history: History,
  tips: readonly string[],
  clientShallow: ReadonlySet<string>,
  deepening: Deepening,
): Promise<Boundary> {
  const { depth, relative } = deepening;
  if (depth === undefined) return boundaryByRange(history, tips, deepening);
  if (depth >= INFINITE_DEPTH) return { shallow: new Set(), deep: clientShallow };
  return relative && clientShallow.size > 0
    ? boundaryByDepth(history, clientShallow, depth + 1)
    : boundaryByDepth(history, tips, depth);
}

async function boundaryByDepth(history: History, tips: Iterable<string>, depth: number): Promise<Boundary> {
  const deep = new Set<string>();
  let level = new Set(tips);
  for (let left = depth; left > 1 && level.size > 0; left--) {
    const next = new Set<string>();
    for (const id of level) {
      deep.add(id);
      for (const parent of (await history.commit(id)).parents) if (!deep.has(parent)) next.add(parent);
    }
    level = next;
  }
  return { shallow: new Set([...level].filter((id) => !deep.has(id))), deep };
}

async function boundaryByRange(
  history: History,
  tips: readonly string[],
  { since = 0, not }: Deepening,
): Promise<Boundary> {
  const excluded = await ancestors(history, not, () => true);
  const inside = (id: string, node: CommitNode): boolean => node.time >= since && !excluded.has(id);
  const found = await ancestors(history, tips, inside);
  const included = new Map([...found].filter(([id, node]) => inside(id, node)));
  if (included.size === 0) throw new Fault('invalid', 'no commits selected for shallow requests');
  const isCut = (node: CommitNode): boolean => node.parents.some((parent) => !included.has(parent));
  const ids = [...included];
  return {
    shallow: new Set(ids.filter(([, node]) => isCut(node)).map(([id]) => id)),
    deep: new Set(ids.filter(([, node]) => !isCut(node)).map(([id]) => id)),
  };
}
