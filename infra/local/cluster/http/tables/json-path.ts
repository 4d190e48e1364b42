/** Finds values in a JSON object; undefined where Kubernetes' JSONPath fails, such as at an index out of bounds. */
export type JsonPath = (object: unknown) => readonly unknown[] | undefined;

type Step = (values: readonly unknown[]) => readonly unknown[] | undefined;

const FIELD = /\.((?:\\.|[^.[\]\s\\])+)/y;
const KEY = /\['((?:\\.|[^'\\])*)'\]/y;
const SLICE = /\[(-?\d*)(?::(-?\d*))?(?::(\d*))?\]/y;
const ANY = /(?:\.\*|\[\*\])/y;
const FILTER = /\[\?\(/y;
const COMPARISON = /^([^!<>=]+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/;

/** Reads Kubernetes' dialect: fields, indexes, slices, `*`, `..` and filters such as `[?(@.type=="Ready")]`. Undefined when it is not that. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps = parseSteps(text.trim().replace(/^\$/, ''));
  return (
    steps &&
    ((object) => {
      let values: readonly unknown[] | undefined = [object];
      for (const step of steps) values = values && step(values);
      return values;
    })
  );
}

function parseSteps(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let at = 0; at < text.length; ) {
    const read = readStep(text, at);
    if (!read) return undefined;
    steps.push(read.step);
    at = read.end;
  }
  return steps;
}

function readStep(text: string, start: number): { step: Step; end: number } | undefined {
  const match = (pattern: RegExp) => {
    pattern.lastIndex = start;
    return pattern.exec(text);
  };
  if (text.startsWith('..', start)) return { step: recurse, end: start + (text[start + 2] === '[' ? 2 : 1) };
  const any = match(ANY);
  if (any) return { step: spread, end: start + any[0].length };
  if (match(FILTER)) return readFilter(text, start);
  const named = match(FIELD) ?? match(KEY);
  if (named) {
    const name = (named[1] ?? '').replace(/\\(.)/g, '$1');
    return { step: fieldStep(name), end: start + named[0].length };
  }
  const slice = match(SLICE);
  return slice ? { step: sliceStep(slice), end: start + slice[0].length } : undefined;
}

function fieldStep(name: string): Step {
  return (values) => values.flatMap((value) => (isMembers(value) && name in value ? [value[name]] : []));
}

function sliceStep([whole, from = '', to, by]: RegExpExecArray): Step {
  const isIndex = !whole.includes(':');
  return (values) => {
    const found: unknown[] = [];
    for (const value of values) {
      if (value === null || value === undefined) continue;
      if (!Array.isArray(value)) return undefined;
      const { length } = value;
      const first = from === '' ? 0 : Number(from) < 0 ? Number(from) + length : Number(from);
      const last = isIndex ? first + 1 : to ? Number(to) + (Number(to) < 0 ? length : 0) : length;
      if (first === last) continue;
      if (first < 0 || first >= length || last < 0 || last > length || first > last) return undefined;
      const step = by ? Number(by) : 1;
      if (step < 1) return undefined;
      for (let index = first; index < last; index += step) found.push(value[index]);
    }
    return found;
  };
}

function spread(values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
}

function recurse(values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value) => {
    const inner = spread([value]);
    return inner.length === 0 ? [] : [value, ...recurse(inner)];
  });
}

function readFilter(text: string, start: number): { step: Step; end: number } | undefined {
  const end = filterEnd(text, start + 3);
  if (end === -1) return undefined;
  const test = parseTest(text.slice(start + 3, end));
  if (!test) return undefined;
  const step: Step = (values) => {
    const found: unknown[] = [];
    for (const value of values) {
      if (!Array.isArray(value)) return undefined;
      found.push(...value.filter(test));
    }
    return found;
  };
  return { step, end: end + 2 };
}

// The first `)]` outside quotes.
function filterEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote !== '') {
      if (letter === '\\') at += 1;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (text.startsWith(')]', at)) return at;
  }
  return -1;
}

function parseTest(text: string): ((item: unknown) => boolean) | undefined {
  const [, left = text, operator, right] = COMPARISON.exec(text.trim()) ?? [];
  const leftOf = parseOperand(left);
  if (!leftOf) return undefined;
  if (operator === undefined) return (item) => (leftOf(item)?.length ?? 0) > 0;
  const rightOf = parseOperand(right ?? '');
  if (!rightOf) return undefined;
  return (item) => {
    const [lefts, rights] = [leftOf(item), rightOf(item)];
    return lefts?.length === 1 && rights?.length === 1 && holds(lefts[0], operator, rights[0]);
  };
}

function parseOperand(text: string): JsonPath | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('@')) return parseJsonPath(trimmed.slice(1));
  const quoted = /^(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')$/.exec(trimmed);
  if (quoted) {
    const value = (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
    return () => [value];
  }
  if (trimmed === 'true' || trimmed === 'false') return () => [trimmed === 'true'];
  return /^-?\d+(?:\.\d+)?$/.test(trimmed) ? () => [Number(trimmed)] : undefined;
}

// Go compares values of one type only.
function holds(left: unknown, operator: string, right: unknown): boolean {
  if (typeof left !== typeof right) return false;
  const order = (left as string) < (right as string) ? -1 : left === right ? 0 : 1;
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    default:
      return order >= 0;
  }
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
