/** The text of an index in pieces that are read one after the other. */
export interface CutIndex {
  /** The index without its entries. */
  readonly head: string;
  /** Each chart, its own line first. */
  readonly charts: readonly string[];
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** Where its first character other than a space is. */
  readonly column: number;
  readonly code: number;
}

/** Charts, and versions of one: ten times what the largest public index has. */
const MAX_PIECES = 256 * 1024;

const SPACE = 32;
const HASH = 35;
const DASH = 45;
const DOT = 46;

/** An index in YAML as Helm and everybody else writes it, cut at its charts; undefined for one that is laid out in another way. */
export function cutIndex(text: string): CutIndex | undefined {
  let from = -1;
  let to = text.length;
  const charts: number[] = [];
  let column = 0;
  for (const line of linesOf(text)) {
    if (line.code === HASH) continue;
    if (line.column === 0) {
      // A second document, or the end of the first.
      if ((line.code === DASH || line.code === DOT) && line.start > 0) return undefined;
      const isEntries = /^entries:[ ]*$/.test(text.slice(line.start, Math.min(line.end, line.start + 80)));
      if (isEntries && from >= 0) return undefined;
      if (isEntries) from = line.end + 1;
      else if (from >= 0 && to === text.length) to = line.start;
    } else if (from >= 0 && to === text.length) {
      if (column === 0) column = line.column;
      if (line.column < column) return undefined;
      if (line.column === column && line.code !== DASH) charts.push(line.start);
      if (charts.length > MAX_PIECES) return undefined;
    }
  }
  if (from < 0 || charts[0] === undefined) return undefined;
  const head = `${text.slice(0, from - 'entries:\n'.length)}\n${text.slice(to)}`;
  return { head, charts: charts.map((start, at) => text.slice(start, charts[at + 1] ?? to)) };
}

/** The versions of a chart, each a list of one, when its line only names it; undefined when they cannot be told apart. */
export function cutVersions(
  chart: string,
): { readonly name: string; readonly items: readonly string[] } | undefined {
  const found = /^ *([A-Za-z][A-Za-z0-9._-]*):[ ]*$/.exec(chart.slice(0, Math.max(chart.indexOf('\n'), 0)));
  if (found === null) return undefined;
  const starts: number[] = [];
  let column = -1;
  for (const line of linesOf(chart, chart.indexOf('\n') + 1)) {
    if (column === -1 && line.code === DASH) column = line.column;
    if (line.code === HASH) continue;
    if (line.column < column || column === -1) return undefined;
    if (line.column !== column) continue;
    if (line.code !== DASH) return undefined;
    starts.push(line.start);
    if (starts.length > MAX_PIECES) return undefined;
  }
  const items = starts.map((start, at) => chart.slice(start, starts[at + 1] ?? chart.length));
  return starts.length === 0 ? undefined : { name: found[1] ?? '', items };
}

/** The lines that are not empty. */
function* linesOf(text: string, from = 0): Generator<Line> {
  for (let start = from; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    let at = start;
    while (at < end && text.charCodeAt(at) === SPACE) at += 1;
    const code = text.charCodeAt(at);
    if (at < end && code !== 13) yield { start, end, column: at - start, code };
    start = end + 1;
  }
}
