import { Fault } from '../../../shared/core/failures.ts';
import { peel } from './commits.ts';
import { type Filter, readFilter } from './filter.ts';
import { ancestors, type Boundary, boundaryOf, type Deepening, type History } from './history.ts';
import type { Objects } from './objects.ts';
import { entriesOf, MODE } from './trees.ts';

/** What a client asks for, of either version of the protocol. */
export interface FetchRequest {
  readonly wants: readonly string[];
  readonly haves: readonly string[];
  readonly done: boolean;
  /** Where the client's own history ends. */
  readonly shallows: readonly string[];
  readonly deepening: Deepening | undefined;
  readonly filter: string | undefined;
  /** Tags that name commits which are sent come along. */
  readonly includeTag: boolean;
}

/** What is there of one request. */
export interface Ground {
  readonly objects: Objects;
  readonly history: History;
  /** Tag objects by the commit that they lead to. */
  readonly tagsOf: (commits: ReadonlySet<string>) => Promise<readonly string[]>;
}

/** What is sent. */
export interface Selection {
  readonly shallow: readonly string[];
  readonly unshallow: readonly string[];
  readonly objects: ReadonlySet<string>;
}

interface Peeled {
  readonly commits: readonly string[];
  readonly tags: readonly string[];
  readonly others: readonly { readonly id: string; readonly type: 'tree' | 'blob' }[];
}

/** Decides on the objects that bring the client from what it has to what it wants. Faults: `not-found` (a want), `unsupported` (the filter). */
export async function select(ground: Ground, request: FetchRequest): Promise<Selection> {
  const { objects, history } = ground;
  const filter = readFilter(request.filter);
  const wanted = await peelWants(objects, request.wants);
  const clientShallow = new Set(request.shallows);
  const boundary: Boundary = request.deepening
    ? await boundaryOf(history, wanted.commits, clientShallow, request.deepening)
    : { shallow: new Set(), deep: new Set() };
  const unshallow = request.shallows.filter((id) => boundary.deep.has(id));
  const ends = new Set([...clientShallow].filter((id) => !boundary.deep.has(id)));
  for (const id of boundary.shallow) ends.add(id);

  const held = await peelHaves(objects, request.haves);
  const had = new Set((await ancestors(history, held, (id) => !clientShallow.has(id))).keys());
  const reopened = (await Promise.all(unshallow.map((id) => history.commit(id)))).flatMap(
    (node) => node.parents,
  );
  const starts = [...wanted.commits, ...reopened];
  const found = await ancestors(history, starts, (id) => !had.has(id) && !ends.has(id));
  const fresh = new Map([...found].filter(([id]) => !had.has(id)));

  const sent = new Set([...wanted.tags, ...fresh.keys()]);
  if (request.includeTag) for (const id of await ground.tagsOf(sent)) sent.add(id);
  const edges = [
    ...held,
    ...[...fresh.values()].flatMap(({ parents }) => parents.filter((id) => had.has(id))),
  ];
  const known = new Set<string>();
  for (const id of new Set(edges)) await collect(objects, (await history.commit(id)).tree, known, new Set());
  if (filter.trees) for (const { tree } of fresh.values()) await collect(objects, tree, sent, known, filter);
  for (const { id, type } of wanted.others) {
    if (type === 'blob' || !filter.trees) sent.add(id);
    else await collect(objects, id, sent, known, filter);
  }
  const ended = [...boundary.shallow, ...[...history.grafts].filter((id) => fresh.has(id))];
  const shallow = [...new Set(ended)].filter((id) => !clientShallow.has(id));
  return { shallow, unshallow, objects: sent };
}

/** Whether every want leads to something that the client has: then it need not tell more. */
export async function isEnough(
  { objects, history }: Ground,
  wants: readonly string[],
  common: ReadonlySet<string>,
): Promise<boolean> {
  if (common.size === 0) return false;
  const { commits } = await peelWants(objects, wants);
  for (const commit of commits) {
    const found = await ancestors(history, [commit], (id) => !common.has(id));
    if (![...found.keys()].some((id) => common.has(id))) return false;
  }
  return true;
}

async function peelWants(objects: Objects, wants: readonly string[]): Promise<Peeled> {
  const commits: string[] = [];
  const tags: string[] = [];
  const others: { readonly id: string; readonly type: 'tree' | 'blob' }[] = [];
  for (const want of wants) {
    const target = await peel(objects, want);
    // upload-pack's words, which clients know
    if (target === undefined) throw new Fault('not-found', `upload-pack: not our ref ${want}`, { want });
    tags.push(...target.tags);
    if (target.type === 'commit') commits.push(target.id);
    else others.push({ id: target.id, type: target.type });
  }
  return { commits, tags, others };
}

async function peelHaves(objects: Objects, haves: readonly string[]): Promise<readonly string[]> {
  const targets = await Promise.all(haves.map((id) => peel(objects, id)));
  return targets.flatMap((target) => (target?.type === 'commit' ? target.id : []));
}

/** Adds a tree and what is below it to `found`, without what is `known` already. */
async function collect(
  objects: Objects,
  tree: string,
  found: Set<string>,
  known: ReadonlySet<string>,
  filter: Filter = { trees: true, blobsBelow: undefined },
): Promise<void> {
  const waiting = [tree];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id) || known.has(id)) continue;
    found.add(id);
    for (const entry of entriesOf(await objects.read(id, 'tree'))) {
      if (entry.mode === MODE.submodule || found.has(entry.id) || known.has(entry.id)) continue;
      if (entry.mode === MODE.directory) waiting.push(entry.id);
      else if (await passes(objects, entry.id, filter)) found.add(entry.id);
    }
  }
}

async function passes(objects: Objects, blob: string, { blobsBelow }: Filter): Promise<boolean> {
  if (blobsBelow === undefined) return true;
  return blobsBelow > 0 && (await objects.read(blob, 'blob')).length < blobsBelow;
}
