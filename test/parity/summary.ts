import { type Fact, type KindFacts, tagOf } from './index.ts';
import type { TagState } from './results.ts';
import type { Tag } from './tags.ts';

/** `refused`: we say no with a clear condition, and a test proves that. */
export type Standing = 'proven' | 'refused' | 'open';

export type Count = Readonly<Record<Standing | 'all', number>>;

/** How far one kind is; `open` names every open row with its open facts. */
export interface KindSummary {
  readonly kind: string;
  readonly rows: Count;
  readonly facts: Count;
  readonly open: readonly { readonly row: string; readonly facts: readonly string[] }[];
}

/** Counts rows and facts: a row is proven when all its facts are, refused when the others are refused, else open. */
export function summarise({ kind, rows, facts }: KindFacts, states: ReadonlyMap<Tag, TagState>): KindSummary {
  const standings = facts.map((fact) => standingOf(fact, states));
  const perRow = rows.map((row) => ({
    row,
    standing: rowStanding(standings.filter((_, i) => facts[i]?.row === row)),
  }));
  return {
    kind,
    rows: count(perRow.map(({ standing }) => standing)),
    facts: count(standings),
    open: perRow
      .filter(({ standing }) => standing === 'open')
      .map(({ row }) => ({
        row,
        facts: facts.filter((fact, i) => fact.row === row && standings[i] === 'open').map(({ fact }) => fact),
      })),
  };
}

function standingOf(fact: Fact, states: ReadonlyMap<Tag, TagState>): Standing {
  if (states.get(tagOf(fact)) !== 'pass') return 'open';
  return fact.refused ? 'refused' : 'proven';
}

function rowStanding(standings: readonly Standing[]): Standing {
  if (standings.length === 0 || standings.includes('open')) return 'open';
  return standings.includes('refused') ? 'refused' : 'proven';
}

function count(standings: readonly Standing[]): Count {
  const of = (standing: Standing) => standings.filter((one) => one === standing).length;
  return { all: standings.length, proven: of('proven'), refused: of('refused'), open: of('open') };
}
