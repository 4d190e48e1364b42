import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { byKind, faultsOf, loadFacts, tagOf } from './index.ts';
import { readResults, statesOf } from './results.ts';
import { type Count, type KindSummary, summarise } from './summary.ts';
import { supportTable, withTable } from './support-table.ts';

const README = new URL('../../README.md', import.meta.url);

const { values } = parseArgs({ options: { json: { type: 'boolean' }, write: { type: 'boolean' } } });
const facts = await loadFacts();
const states = statesOf(readResults());
const tags = new Set(facts.map(tagOf));
const faults = [
  ...faultsOf(facts),
  ...[...states.keys()].filter((tag) => !tags.has(tag)).map((tag) => `${tag}: tested but not listed`),
  ...[...states].filter(([, state]) => state === 'fail').map(([tag]) => `${tag}: a test fails`),
];
const summaries = byKind(facts).map((kind) => summarise(kind, states));

console.log(values.json ? JSON.stringify({ summaries, faults }, null, 2) : textOf(summaries));
for (const fault of faults) console.error(fault);
if (values.write) {
  const readme = existsSync(README) ? readFileSync(README, 'utf8') : '# Sluice\n';
  writeFileSync(README, withTable(readme, supportTable(summaries)));
}
process.exitCode = faults.length > 0 ? 1 : 0;

function textOf(kinds: readonly KindSummary[]): string {
  return kinds
    .map(({ kind, rows, facts, open }) =>
      [
        `${kind}: rows ${countText(rows)}; facts ${countText(facts)}`,
        ...open.map(({ row, facts }) => `  ${row} open: ${facts.join(', ') || 'no facts listed'}`),
      ].join('\n'),
    )
    .join('\n');
}

function countText({ all, proven, refused, open }: Count): string {
  return `${all} (${proven} proven, ${refused} refused with a clear condition, ${open} open)`;
}
