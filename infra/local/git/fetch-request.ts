import { Fault } from '../../../shared/core/failures.ts';
import type { RefList } from './refs.ts';
import type { FetchRequest } from './selection.ts';

/** What this server calls itself to clients. */
export const AGENT = 'sluice';

/** A request while its lines are read. */
export interface RequestDraft {
  readonly wants: string[];
  readonly haves: string[];
  readonly shallows: string[];
  readonly not: string[];
  done: boolean;
  depth: number | undefined;
  relative: boolean;
  since: number | undefined;
  filter: string | undefined;
  includeTag: boolean;
}

/** What the lines are held against. */
export interface RequestRules {
  readonly refs: () => RefList;
  readonly allowFilter: boolean;
}

/** A request of which nothing is known yet. */
export function draftRequest(): RequestDraft {
  return {
    ...{ wants: [], haves: [], shallows: [], not: [], done: false, includeTag: false },
    ...{ depth: undefined, relative: false, since: undefined, filter: undefined },
  };
}

/** Takes one of the lines that both versions have; false when it is none of them. Faults: `invalid`. */
export function takeLine(draft: RequestDraft, line: string, rules: RequestRules): boolean {
  const space = line.indexOf(' ');
  const word = space === -1 ? line : line.slice(0, space);
  const value = space === -1 ? '' : line.slice(space + 1);
  switch (word) {
    case 'want':
      draft.wants.push(requireId(value));
      return true;
    case 'have':
      draft.haves.push(requireId(value));
      return true;
    case 'shallow':
      draft.shallows.push(requireId(value));
      return true;
    case 'deepen':
      draft.depth = requireNumber(line, value);
      return true;
    case 'deepen-since':
      draft.since = requireNumber(line, value);
      return true;
    case 'deepen-not':
      draft.not.push(tipOf(rules.refs(), value));
      return true;
    case 'deepen-relative':
      draft.relative = true;
      return true;
    case 'filter':
      if (!rules.allowFilter) return false;
      draft.filter = value;
      return true;
    case 'include-tag':
      draft.includeTag = true;
      return true;
    case 'done':
      draft.done = true;
      return true;
    default:
      return false;
  }
}

/** The request that the lines came to. Faults: `invalid` when two kinds of depth are mixed. */
export function finishRequest(draft: RequestDraft): FetchRequest {
  const { depth, relative, since, not, wants, haves, shallows, done, filter, includeTag } = draft;
  const byRange = since !== undefined || not.length > 0;
  if (byRange && depth !== undefined)
    throw new Fault('invalid', 'deepen and deepen-since (or deepen-not) cannot be used together');
  const deepening =
    byRange || depth !== undefined
      ? { relative, not, ...(depth !== undefined && { depth }), ...(since !== undefined && { since }) }
      : undefined;
  const lists = { wants: [...new Set(wants)], haves: [...new Set(haves)], shallows: [...new Set(shallows)] };
  return { ...lists, done, filter, includeTag, deepening };
}

function requireId(text: string): string {
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw new Fault('invalid', `upload-pack: protocol error, expected to get object ID, not '${text}'`);
}

function requireNumber(line: string, text: string): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new Fault('invalid', `invalid ${line}`);
}

function tipOf({ refs }: RefList, name: string): string {
  const names = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'].map((prefix) => prefix + name);
  const found = refs.find((ref) => names.includes(ref.name));
  if (found) return found.id;
  throw new Fault('invalid', `git upload-pack: ambiguous deepen-not: ${name}`);
}
