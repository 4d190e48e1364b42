import { readdirSync } from 'node:fs';
import { KINDS, type ParityKind } from './rows.ts';
import type { Tag } from './tags.ts';

/** One sentence that upstream makes true, and that a test proves here; `refused`: proven is that we refuse it clearly. */
export interface Fact {
  readonly row: string;
  readonly fact: string;
  readonly says: string;
  readonly refused?: true;
}

/** The facts and rows of one kind. */
export interface KindFacts extends ParityKind {
  readonly facts: readonly Fact[];
}

/** What a test title carries between brackets to prove `fact`. */
export function tagOf(fact: Fact): Tag {
  return `${fact.row} ${fact.fact}`;
}

/** Every fact of every file in `facts/`, file by file. */
export async function loadFacts(): Promise<readonly Fact[]> {
  const folder = new URL('./facts/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(
    files.sort().map((name): Promise<Record<string, unknown>> => import(new URL(name, folder).href)),
  );
  return modules.flatMap((module) => Object.values(module).filter(Array.isArray).flat() as Fact[]);
}

/** The facts by kind, in the order of `kinds`. */
export function byKind(facts: readonly Fact[], kinds: readonly ParityKind[] = KINDS): readonly KindFacts[] {
  return kinds.map(({ kind, rows }) => ({
    kind,
    rows,
    facts: facts.filter((fact) => rows.includes(fact.row)),
  }));
}

/** What is wrong with the list itself: unknown rows, repeated facts, names that no tag can carry, empty sentences. */
export function faultsOf(facts: readonly Fact[], kinds: readonly ParityKind[] = KINDS): readonly string[] {
  const known = new Set(kinds.flatMap(({ rows }) => rows));
  const seen = new Set<Tag>();
  return facts.flatMap((fact) => {
    const tag = tagOf(fact);
    const repeated = seen.has(tag);
    seen.add(tag);
    return [
      ...(known.has(fact.row) ? [] : [`${tag}: no such row`]),
      ...(repeated ? [`${tag}: listed twice`] : []),
      ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(fact.fact) ? [] : [`${tag}: the name is not in kebab-case`]),
      ...(fact.says ? [] : [`${tag}: says nothing`]),
    ];
  });
}
