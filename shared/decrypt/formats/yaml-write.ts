import { Branch, Comment, isList, type TreeValue } from '../tree.ts';
import { scalarYaml } from './yaml-scalars.ts';

/** SOPS's own: columns of one level. */
const STEP = 4;
/** go-yaml writes longer keys after a `?`. */
const MAX_SIMPLE_KEY = 128;

/** The lines so far; a comment at the end of a level is followed by an empty line if the next line is as deep. */
interface Page {
  readonly lines: string[];
  foot: number;
}

/** Documents as SOPS writes YAML: four columns a level, comments before what follows them, else at the end of their level. */
export function writeYaml(documents: readonly Branch[]): string {
  return documents
    .map((document) => {
      const page: Page = { lines: [], foot: -1 };
      if (document.items.some((item) => !(item instanceof Comment))) writeBranch(document, 0, page, '');
      else {
        for (const comment of document.items)
          if (comment instanceof Comment) put(page, 0, `#${comment.text}`);
        put(page, 0, '{}');
      }
      return page.lines.map((line) => `${line}\n`).join('');
    })
    .join('---\n');
}

/** Begins a line; `head` is what stands before the first line of this level on its line. */
function put(page: Page, indent: number, text: string): void {
  if (page.foot === indent && page.lines.length > 0) page.lines.push('');
  page.foot = -1;
  page.lines.push(`${' '.repeat(indent)}${text}`);
}

function writeBranch(branch: Branch, indent: number, page: Page, head: string): void {
  let first = head;
  let pending: Comment[] = [];
  for (const item of branch.items) {
    if (item instanceof Comment) {
      pending.push(item);
      continue;
    }
    for (const { text } of pending.filter(({ inline }) => !inline)) put(page, indent, `#${text}`);
    const behind = pending.filter(({ inline }) => inline);
    pending = [];
    writeEntry(item.key, item.value, indent, page, first, behind);
    first = '';
  }
  writeFoot(pending, indent, page);
}

function writeFoot(comments: readonly Comment[], indent: number, page: Page): void {
  if (comments.length === 0) return;
  for (const { text } of comments.toSorted((a, b) => Number(a.inline) - Number(b.inline)))
    put(page, indent, `#${text}`);
  page.foot = indent;
}

function writeEntry(
  key: string,
  value: TreeValue,
  indent: number,
  page: Page,
  head: string,
  behind: readonly Comment[],
): void {
  const name = scalarYaml(key, true).line;
  const long = Buffer.byteLength(key) > MAX_SIMPLE_KEY;
  const start = long ? `? ${name}` : `${name}:`;
  if (head === '') put(page, indent, start);
  else page.lines[page.lines.length - 1] += start;
  if (long) put(page, indent, ':');
  writeValue(value, STEP * Math.floor((indent + STEP) / STEP), page, behind);
}

/** A value behind its key or dash; what takes more lines stands at the column `deeper`. */
function writeValue(value: TreeValue, deeper: number, page: Page, behind: readonly Comment[]): void {
  if (isFilled(value)) writeFilled(value, deeper, page, '');
  else if (value instanceof Branch || isList(value))
    page.lines[page.lines.length - 1] += value instanceof Branch ? ' {}' : ' []';
  else writeScalar(value, deeper, page, behind);
}

/** Whether a mapping or a list has more in it than comments. */
function isFilled(value: TreeValue): value is Branch | readonly TreeValue[] {
  const items = value instanceof Branch ? value.items : isList(value) ? value : [];
  return items.some((item) => !(item instanceof Comment));
}

function writeFilled(value: Branch | readonly TreeValue[], indent: number, page: Page, head: string): void {
  if (value instanceof Branch) writeBranch(value, indent, page, head);
  else writeList(value, indent, page, head);
}

function writeScalar(value: TreeValue, indent: number, page: Page, behind: readonly Comment[]): void {
  const { line, block } = scalarYaml(value);
  const comment = behind.map(({ text }) => ` #${text}`).join('\n');
  page.lines[page.lines.length - 1] += `${line === '' ? '' : ` ${line}`}${comment}`;
  for (const text of block ?? []) page.lines.push(text === '' ? '' : `${' '.repeat(indent)}${text}`);
}

function writeList(list: readonly TreeValue[], indent: number, page: Page, head: string): void {
  let first = head;
  let pending: Comment[] = [];
  for (const item of list) {
    if (item instanceof Comment) {
      pending.push(item);
      continue;
    }
    for (const { text } of pending.filter(({ inline }) => !inline)) put(page, indent, `#${text}`);
    const behind = pending.filter(({ inline }) => inline);
    pending = [];
    writeItem(item, indent, page, first, behind);
    first = '';
  }
  writeFoot(pending, indent, page);
}

/** What stands in a list begins on the line of its dash. */
function writeItem(
  item: TreeValue,
  indent: number,
  page: Page,
  head: string,
  behind: readonly Comment[],
): void {
  const comments = item instanceof Branch ? leading(item) : [];
  for (const { text } of comments) put(page, indent, `#${text}`);
  if (head === '') put(page, indent, '-');
  else page.lines[page.lines.length - 1] += '-';
  if (!isFilled(item)) {
    writeValue(item, indent + 2, page, behind);
    return;
  }
  page.lines[page.lines.length - 1] += ' ';
  const rest = item instanceof Branch ? new Branch(item.items.slice(comments.length)) : item;
  writeFilled(rest, indent + 2, page, '- ');
}

/** Comments before a mapping's first entry stand before its dash. */
function leading({ items }: Branch): readonly Comment[] {
  const at = items.findIndex((item) => !(item instanceof Comment));
  return items.slice(0, Math.max(0, at)) as readonly Comment[];
}
