import { checkGrown, substituteFunction } from './envsubst-functions.ts';
import {
  type Accept,
  peek,
  read,
  type Scanner,
  scan,
  scannerOf,
  tokenText,
  unread,
} from './envsubst-scan.ts';
import { type Bytes, fromBytes, toBytes } from './runes.ts';

/** Substitutions inside defaults: upstream's stack has no such bound. */
export const MAX_SUBSTITUTION_NESTING = 100;

/** Replaces `${...}` in `text` as pkg/envsubst does; an unset variable is an error when `strict` and the operator brings no default. Throws an Error in upstream's words. */
export function envsubst(text: string, variables: ReadonlyMap<string, string>, strict: boolean): string {
  if (!text.includes('$')) return text;
  const parts = parse(scannerOf(toBytes(text)));
  return fromBytes(evaluateAll(parts, { variables, strict }).join(''));
}

type Part = Bytes | Call;

interface Call {
  readonly name: Bytes;
  readonly operator: string;
  readonly args: readonly Part[];
}

interface Scope {
  readonly variables: ReadonlyMap<string, string>;
  readonly strict: boolean;
}

const DEFAULTING = new Set(['-', '+', '=', '?', ':-', ':+', ':=', ':?']);

function evaluateAll(parts: readonly Part[], scope: Scope): readonly Bytes[] {
  let bytes = 0;
  return parts.map((part) => {
    const text = evaluate(part, scope);
    bytes += text.length;
    checkGrown(bytes);
    return text;
  });
}

function evaluate(part: Part, scope: Scope): Bytes {
  if (typeof part === 'string') return part;
  // Before the variable itself: an unset one inside an unused default fails too.
  const args = evaluateAll(part.args, scope);
  const name = fromBytes(part.name);
  const value = scope.variables.get(name);
  if (value === undefined && scope.strict && !DEFAULTING.has(part.operator)) {
    throw new Error(`variable not set (strict mode): ${JSON.stringify(name)}`);
  }
  return substituteFunction(part.operator, toBytes(value ?? ''), args);
}

const any: Accept = () => true;
const identifier: Accept = (code) => code === 0x5f || /[\p{L}\p{Nd}]/u.test(String.fromCodePoint(code));
const not =
  (...characters: readonly string[]): Accept =>
  (code) =>
    !characters.some((character) => code === character.charCodeAt(0));
const only =
  (characters: string, upTo = Number.POSITIVE_INFINITY): Accept =>
  (code, bytes) =>
    bytes <= upTo && characters.includes(String.fromCodePoint(code));
/** One character of each set, in that order. */
const sequence =
  (...sets: readonly string[]): Accept =>
  (code, bytes) =>
    sets[bytes - 1]?.includes(String.fromCodePoint(code)) ?? false;

function parse(scanner: Scanner): readonly Part[] {
  const parts: Part[] = [];
  for (;;) {
    scanner.accept = any;
    scanner.mode = { identifier: true, open: true, escape: true };
    scanner.backslash = false;
    const token = scan(scanner);
    if (token === 'end') return parts;
    if (token === 'identifier') parts.push(tokenText(scanner));
    else if (token === 'open') parts.push(parseCall(scanner, 0));
    else throw badSubstitution();
  }
}

function badSubstitution(): Error {
  return new Error('bad substitution');
}

function parseCall(scanner: Scanner, depth: number): Call {
  if (depth > MAX_SUBSTITUTION_NESTING) throw new Error('substitutions are nested too deeply');
  scanner.backslash = true;
  if (peek(scanner) === code('#')) return parseLength(scanner);
  const name = take(scanner, identifier, new Error('unable to parse variable name'));
  switch (String.fromCodePoint(peek(scanner))) {
    case ':':
      return parseColon(scanner, name, depth);
    case '=':
      return parseDefault(scanner, name, depth);
    case ',':
    case '^':
      return closed(scanner, { name, operator: take(scanner, only(',^', 2)), args: [] });
    case '/':
      return parseReplace(scanner, name, depth);
    case '#':
      return parseTrim(scanner, name, only('#', 2), depth);
    case '%':
      return parseTrim(scanner, name, only('%', 2), depth);
    default:
      scanner.accept = identifier;
      scanner.mode = { close: true };
      if (scan(scanner) !== 'close') throw new Error('missing closing brace');
      return { name, operator: '', args: [] };
  }
}

function code(character: string): number {
  return character.charCodeAt(0);
}

/** One identifier; anything else is `problem`. */
function take(scanner: Scanner, accept: Accept, problem = badSubstitution()): Bytes {
  scanner.accept = accept;
  scanner.mode = { identifier: true };
  if (scan(scanner) !== 'identifier') throw problem;
  return tokenText(scanner);
}

function closed(scanner: Scanner, call: Call): Call {
  scanner.mode = { close: true };
  if (scan(scanner) !== 'close') throw badSubstitution();
  return call;
}

function parseParameter(scanner: Scanner, accept: Accept, depth: number, escapes = false): Part {
  scanner.accept = accept;
  scanner.mode = { identifier: true, open: true, escape: escapes };
  const token = scan(scanner);
  if (token === 'open') return parseCall(scanner, depth + 1);
  if (token === 'identifier') return tokenText(scanner);
  throw new Error('unable to parse substitution within function');
}

function parseLength(scanner: Scanner): Call {
  const operator = take(scanner, only('#', 1));
  return closed(scanner, { name: take(scanner, identifier), operator, args: [] });
}

function parseColon(scanner: Scanner, name: Bytes, depth: number): Call {
  read(scanner);
  const next = String.fromCodePoint(peek(scanner));
  unread(scanner);
  return '=-?+'.includes(next) ? parseDefault(scanner, name, depth) : parseSubstring(scanner, name, depth);
}

function parseSubstring(scanner: Scanner, name: Bytes, depth: number): Call {
  const operator = take(scanner, only(':', 1));
  const args = [parseParameter(scanner, not(':', '}'), depth)];
  scanner.accept = only(':');
  scanner.mode = { identifier: true, close: true };
  const token = scan(scanner);
  if (token === 'close') return { name, operator, args };
  if (token !== 'identifier') throw badSubstitution();
  return closed(scanner, { name, operator, args: [...args, parseParameter(scanner, not('}'), depth)] });
}

function parseTrim(scanner: Scanner, name: Bytes, accept: Accept, depth: number): Call {
  const operator = take(scanner, accept);
  return closed(scanner, { name, operator, args: [parseParameter(scanner, not('}'), depth)] });
}

function parseReplace(scanner: Scanner, name: Bytes, depth: number): Call {
  const operator = take(scanner, sequence('/', '/#%'));
  const args = [parseParameter(scanner, not('/'), depth, true)];
  take(scanner, only('/'));
  if (peek(scanner) === code('}')) return closed(scanner, { name, operator, args });
  return closed(scanner, { name, operator, args: [...args, parseParameter(scanner, not('}'), depth, true)] });
}

function parseDefault(scanner: Scanner, name: Bytes, depth: number): Call {
  const accept = peek(scanner) === code('=') ? only('=', 1) : sequence(':', '=-?+');
  const operator = take(scanner, accept, new Error('unable to parse default function'));
  const args: Part[] = [];
  while (peek(scanner) !== code('}')) args.push(parseParameter(scanner, not('}'), depth));
  return closed(scanner, { name, operator, args });
}
