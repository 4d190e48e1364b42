import { Fault } from '../../core/failures.ts';

/** An element: what answers of S3 and Azure are made of. */
export interface XmlElement {
  /** Without its namespace's prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Of the element itself, not of those in it. */
  readonly text: string;
}

/** S3's answers are 4 deep at most. */
const MAX_DEPTH = 16;
/** A page of 1000 keys has about 12 elements each. */
const MAX_ELEMENTS = 64_000;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface Open {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/**
 * The document's element. Only what S3 writes is understood: elements, text, CDATA, comments, the five entities and
 * numbered characters; a document type, hence entities of its own, is refused. Fault `malformed`.
 */
export function parseXml(text: string): XmlElement {
  const stack: Open[] = [{ name: '', children: [], text: '' }];
  let elements = 0;
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('<', at);
    const until = open === -1 ? text.length : open;
    if (until > at) top(stack).text += decode(text.slice(at, until));
    if (open === -1) break;
    const special = skipSpecial(text, open);
    if (special !== undefined) {
      top(stack).text += special.text;
      at = special.end;
      continue;
    }
    const close = endOfTag(text, open);
    elements += 1;
    if (elements > MAX_ELEMENTS * 2) throw malformed(`there are more than ${MAX_ELEMENTS} elements`);
    takeTag(stack, text.slice(open + 1, close));
    at = close + 1;
  }
  const [document] = stack;
  const [root, ...more] = document?.children ?? [];
  if (stack.length > 1 || root === undefined || more.length > 0 || document?.text.trim() !== '')
    throw malformed('it is not one whole element');
  return root;
}

/** The text of the first child with that name. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.children.find((child) => child.name === name)?.text;
}

/** Comments, CDATA and instructions, which no element is. */
function skipSpecial(
  text: string,
  open: number,
): { readonly text: string; readonly end: number } | undefined {
  if (text.startsWith('<![CDATA[', open)) {
    const end = find(text, ']]>', open + 9);
    return { text: text.slice(open + 9, end), end: end + 3 };
  }
  if (text.startsWith('<!--', open)) return { text: '', end: find(text, '-->', open + 4) + 3 };
  if (text.startsWith('<?', open)) return { text: '', end: find(text, '?>', open + 2) + 2 };
  if (text.startsWith('<!', open)) throw malformed('it has a document type');
  return undefined;
}

/** Where the tag ends: a value between quotes may hold the sign. */
function endOfTag(text: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '>') return at;
    else if (character === '"' || character === "'") quote = character;
  }
  throw malformed('it is cut short');
}

function takeTag(stack: Open[], tag: string): void {
  if (tag.startsWith('/')) {
    closeElement(stack, localName(tag.slice(1)));
    return;
  }
  const isEmpty = tag.endsWith('/');
  const name = localName(isEmpty ? tag.slice(0, -1) : tag);
  if (stack.length > MAX_DEPTH) throw malformed(`it is more than ${MAX_DEPTH} deep`);
  stack.push({ name, children: [], text: '' });
  if (isEmpty) closeElement(stack, name);
}

function closeElement(stack: Open[], name: string): void {
  const element = stack.length > 1 ? stack.pop() : undefined;
  if (element?.name !== name) throw malformed(`the end of ${name} is misplaced`);
  top(stack).children.push(element);
}

function localName(tag: string): string {
  const name = /^[^\s/>]+/.exec(tag.trim())?.[0] ?? '';
  if (!/^[A-Za-z_][\w.-]*(?::[\w.-]+)?$/.test(name)) throw malformed('a tag has no name');
  return name.slice(name.indexOf(':') + 1);
}

function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,10});?/g, (whole, name: string) => {
    const known = ENTITIES[name];
    if (known !== undefined && whole.endsWith(';')) return known;
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (!whole.endsWith(';') || !(code <= 0x10ffff)) throw malformed('it has an entity of its own');
    return String.fromCodePoint(code);
  });
}

function find(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at === -1) throw malformed('it is cut short');
  return at;
}

function top(stack: readonly Open[]): Open {
  return stack.at(-1) as Open;
}

function malformed(why: string): Fault {
  return new Fault('malformed', `the answer is not the XML that storage services write: ${why}`);
}
