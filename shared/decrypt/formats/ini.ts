import { Fault } from '../../core/failures.ts';
import { Branch, Comment, type Entry } from '../tree.ts';
import { readIniValue } from './ini-values.ts';
import { scalarText } from './scalar-text.ts';

/** The section of what stands before the first header. */
const DEFAULT_SECTION = 'DEFAULT';

/** A section or a key as it is read. */
interface Section {
  readonly name: string;
  comment: string;
  readonly keys: Map<string, { value: string; comment: string }>;
}

/** Reads INI as SOPS does, its comments below what they belong to. Fault `malformed`, which does not tell the text. */
export function readIni(text: string): Branch {
  return new Branch(sectionsOf(text).map(entryOf));
}

function sectionsOf(text: string): readonly Section[] {
  const sections: Section[] = [{ name: DEFAULT_SECTION, comment: '', keys: new Map() }];
  const lines = { rest: text.replace(/^\ufeff/, '').split(/(?<=\n)/), at: 0 };
  let comment = '';
  while (lines.at < lines.rest.length) {
    const line = (lines.rest[lines.at] ?? '').trimStart();
    lines.at += 1;
    if (line === '') continue;
    if (/^[#;]/.test(line)) {
      comment += line;
    } else if (line.startsWith('[')) {
      sections.push(sectionOf(line, comment, lines.at));
      comment = '';
    } else {
      const { name, rest } = keyOf(line, lines.at);
      const found = readIniValue(rest, lines);
      const section = sections.at(-1) as Section;
      const known = section.keys.get(name);
      if (known !== undefined) known.value = found.value;
      else section.keys.set(name, { value: found.value, comment: (comment + found.comment).trim() });
      comment = '';
    }
  }
  return sections;
}

function sectionOf(line: string, before: string, number: number): Section {
  const end = line.lastIndexOf(']');
  if (end < 1) throw new Fault('malformed', `line ${number}: unclosed section`);
  const behind = /[#;].*/s.exec(line.slice(end + 1))?.[0] ?? '';
  return { name: line.slice(1, end), comment: (before + behind).trim(), keys: new Map() };
}

/** Before `=` or `:`, and maybe in quotes. */
function keyOf(line: string, number: number): { readonly name: string; readonly rest: string } {
  const quote = /^(?:"""(?=.{4})|"|`)/.exec(line)?.[0] ?? '';
  const close = quote === '' ? 0 : line.indexOf(quote, quote.length);
  const delimiter = close < 0 ? -1 : line.slice(close).search(/[=:]/);
  if (close < 0 || delimiter < 0 || close + delimiter === 0)
    throw new Fault('malformed', `line ${number}: no key and value`);
  const name = quote === '' ? line.slice(0, delimiter) : line.slice(quote.length, close);
  return { name: name.trim(), rest: line.slice(close + delimiter + 1) };
}

function entryOf({ name, comment, keys }: Section): Entry {
  const items = [...keys].flatMap(([key, { value, comment: about }]) => [
    { key, value },
    ...(about === '' ? [] : [new Comment(stripped(about))]),
  ]);
  return {
    key: name,
    value: new Branch([...(comment === '' ? [] : [new Comment(stripped(comment))]), ...items]),
  };
}

function stripped(comment: string): string {
  if (comment.startsWith(';')) return comment.replace(/^[; ]+/, '');
  return comment.replace(/^[# ]+/, '');
}

/** Writes INI with aligned equals signs and an empty line between sections. Fault `invalid` when an entry is no section. */
export function writeIni(branch: Branch): string {
  const sections = branch.items.filter((item): item is Entry => !(item instanceof Comment));
  return sections
    .map((section, at) => {
      const { text, empty } = sectionText(section, at === 0);
      return empty || at === sections.length - 1 ? text : `${text}\n`;
    })
    .join('');
}

function sectionText(
  { key: name, value }: Entry,
  first: boolean,
): { readonly text: string; readonly empty: boolean } {
  if (!(value instanceof Branch))
    throw new Fault('invalid', 'Error encoding section: Section values should always be TreeBranches');
  const [head, ...others] = value.items;
  const about = head instanceof Comment ? commentText(head.text) : '';
  const keys = keysOf(head instanceof Comment ? others : value.items);
  const unnamed = first && name.toUpperCase() === DEFAULT_SECTION;
  if (unnamed && keys.length === 0) return { text: about, empty: true };
  const width = Math.max(0, ...keys.map(({ shown }) => Buffer.byteLength(shown)));
  const lines = keys.map(({ shown, text, comment }) => {
    const padding = ' '.repeat(width - Buffer.byteLength(shown));
    return `${comment}${shown}${padding} = ${quoted(text)}\n`;
  });
  return { text: `${about}${unnamed ? '' : `[${name}]\n`}${lines.join('')}`, empty: false };
}

interface ShownKey {
  readonly shown: string;
  text: string;
  comment: string;
}

/** A comment belongs to the key before it; a key given twice keeps its place, and takes the last value. */
function keysOf(items: Branch['items']): readonly ShownKey[] {
  const keys = new Map<string, ShownKey>();
  let last: ShownKey | undefined;
  for (const item of items) {
    if (item instanceof Comment) {
      if (last !== undefined) last.comment = commentText(item.text);
      continue;
    }
    last = keys.get(item.key) ?? { shown: shownKey(item.key), text: '', comment: '' };
    last.text = scalarText(item.value);
    keys.set(item.key, last);
  }
  return [...keys.values()];
}

function shownKey(name: string): string {
  if (/["=:]/.test(name)) return `\`${name}\``;
  return name.includes('`') ? `"""${name}"""` : name;
}

function quoted(text: string): string {
  if (/[\n`]/.test(text)) return `"""${text}"""`;
  if (/[#;]/.test(text)) return `\`${text}\``;
  return text.trim() === text ? text : `"${text}"`;
}

function commentText(text: string): string {
  if (text === '') return '';
  return text
    .split('\n')
    .map((line) => (/^[#;]/.test(line) ? `${line[0]} ${line.slice(1).trim()}\n` : `; ${line.trim()}\n`))
    .join('');
}
