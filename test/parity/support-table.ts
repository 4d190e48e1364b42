import type { KindSummary } from './summary.ts';

/** Between these two lines of README.md stands the support table, written by `npm run parity -- --write`. */
export const BEGIN = '<!-- support:begin -->';
export const END = '<!-- support:end -->';

const HEADINGS = ['kind', 'rows', 'proven', 'refused with a clear condition', 'open', 'facts proven'];

/** The support table in Markdown, a line a kind. */
export function supportTable(summaries: readonly KindSummary[]): string {
  const lines = summaries.map(({ kind, rows, facts }) => [
    kind,
    rows.all,
    rows.proven,
    rows.refused,
    rows.open,
    `${facts.proven + facts.refused} of ${facts.all}`,
  ]);
  return [HEADINGS, HEADINGS.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** `readme` with `table` between the markers; a document without markers gets them at its end. */
export function withTable(readme: string, table: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) return `${readme.trimEnd()}\n\n${BEGIN}\n${table}\n${END}\n`;
  return `${readme.slice(0, begin + BEGIN.length)}\n${table}\n${readme.slice(end)}`;
}

/** The cells between the markers, a list a line without the heading's two; undefined when there is no such table. */
export function tableIn(readme: string): readonly (readonly string[])[] | undefined {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) return undefined;
  const [headings, , ...lines] = readme
    .slice(begin + BEGIN.length, end)
    .trim()
    .split('\n')
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
  return headings?.join() === HEADINGS.join() ? lines : undefined;
}
