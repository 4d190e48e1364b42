import type { Source } from './sources.ts';
import { DECIDING, EFFECTS } from './table.ts';

/** What each node points to. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Which source imports which, by path. */
export function graphOf(sources: readonly Source[]): Graph {
  return new Map(sources.map(({ path, imports }) => [path, imports]));
}

/** Everything that `start` leads to, itself only when it lies on a cycle. */
export function reachable(graph: Graph, start: string): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...(graph.get(start) ?? [])];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    waiting.push(...(graph.get(node) ?? []));
  }
  return found;
}

/** The knots: groups of nodes that all lead to each other, each sorted. */
export function cyclesOf(graph: Graph): readonly (readonly string[])[] {
  const reach = new Map([...graph.keys()].map((node) => [node, reachable(graph, node)]));
  const knotted = [...graph.keys()].filter((node) => reach.get(node)?.has(node));
  const knots = knotted.map((node) =>
    knotted.filter((other) => reach.get(node)?.has(other) && reach.get(other)?.has(node)).sort(),
  );
  return [...new Map(knots.map((knot) => [knot.join(), knot])).values()];
}

/** Deciding files of a kind that lead to its files with I/O. */
export function impureDecisions(graph: Graph): readonly string[] {
  return [...graph.keys()]
    .filter((path) => path.startsWith('shared/reconcile/') && isOneOf(path, DECIDING))
    .flatMap((path) =>
      [...reachable(graph, path)]
        .filter((target) => target.startsWith(folderOf(path)) && isOneOf(target, EFFECTS))
        .map((target) => `${path} leads to ${target}`),
    );
}

function isOneOf(path: string, names: readonly string[]): boolean {
  return names.includes(path.slice(path.lastIndexOf('/') + 1));
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
