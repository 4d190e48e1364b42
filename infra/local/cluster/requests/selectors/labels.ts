import { badRequest } from '../../api-error.ts';
import { labelKey, labelValue } from '../../strategies/rules/formats.ts';
import { labelTokens, type Token } from './label-tokens.ts';

/** Whether labels are selected. */
export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

const BINARY = 'in, notin, =, ==, !=, gt, lt';
const END: Token = { type: 'end', text: '' };

/** Reads a label selector; undefined selects everything. Throws 400 in the API server's words. */
export function labelSelector(text: string | undefined): LabelSelector | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const reader = readerOf(labelTokens(text));
  const requirements: LabelSelector[] = [];
  for (;;) {
    const { type, text: found } = reader.next();
    if (type === 'end') break;
    if (type !== 'identifier' && type !== '!') {
      throw badRequest(`found '${found}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(requirement(reader));
    const after = reader.take();
    if (after.type === 'end') break;
    if (after.type !== ',') throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
    const then = reader.next();
    if (then.type !== 'identifier' && then.type !== '!') {
      throw badRequest(`found '${then.text}', expected: identifier after ','`);
    }
  }
  return (labels) => requirements.every((matches) => matches(labels));
}

/** Goes through tokens one by one. */
interface Reader {
  /** What comes, without taking it. */
  next(): Token;
  take(): Token;
}

function readerOf(tokens: readonly Token[]): Reader {
  let place = 0;
  return { next: () => tokens[place] ?? END, take: () => tokens[place++] ?? END };
}

function refuse(why: string): never {
  throw badRequest(`unable to parse requirement: ${why}`);
}

function requirement(reader: Reader): LabelSelector {
  const absent = reader.next().type === '!' && reader.take() !== undefined;
  const { type, text: key } = reader.take();
  if (type !== 'identifier') refuse(`found '${key}', expected: identifier`);
  checkFormat(labelKey(key), '<nil>', key);
  const { type: next } = reader.next();
  if (absent) return (labels) => !Object.hasOwn(labels, key);
  if (next === 'end' || next === ',') return (labels) => Object.hasOwn(labels, key);
  const operator = reader.take();
  switch (operator.text) {
    case 'in':
      return among(key, listed(reader));
    case 'notin':
      return not(among(key, listed(reader)));
    case '=':
    case '==':
      return among(key, [exact(reader)]);
    case '!=':
      return not(among(key, [exact(reader)]));
    case '>':
    case '<':
      return compared(key, operator.text, exact(reader));
    default:
      return refuse(`found '${operator.text}', expected: ${BINARY}`);
  }
}

function among(key: string, values: readonly string[]): LabelSelector {
  for (const [index, value] of values.toSorted().entries()) {
    checkFormat(labelValue(value), `values[${index}][${key}]`, value);
  }
  const set = new Set(values);
  return (labels) => {
    const value = labels[key];
    return value !== undefined && set.has(value);
  };
}

function not(selector: LabelSelector): LabelSelector {
  return (labels) => !selector(labels);
}

function compared(key: string, operator: '>' | '<', bound: string): LabelSelector {
  if (!/^[-+]?\d+$/.test(bound)) {
    refuse(
      `values[0]: Invalid value: ${JSON.stringify(bound)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  const limit = BigInt(bound);
  return (labels) => {
    const value = labels[key];
    if (value === undefined || !/^[-+]?\d+$/.test(value)) return false;
    return operator === '>' ? BigInt(value) > limit : BigInt(value) < limit;
  };
}

function exact(reader: Reader): string {
  const { type, text } = reader.next();
  if (type === 'end' || type === ',') return '';
  if (reader.take().type !== 'identifier') refuse(`found '${text}', expected: identifier`);
  return text;
}

/** `(a, b)`; an empty place is the empty value. */
function listed(reader: Reader): readonly string[] {
  const open = reader.take();
  if (open.type !== '(') refuse(`found '${open.text}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    const { type, text } = reader.take();
    if (type === ')') return [...values, ''];
    if (type === ',') {
      values.push('');
      continue;
    }
    if (type !== 'identifier') refuse(`found '${text}', expected: ',', or identifier`);
    values.push(text);
    const after = reader.take();
    if (after.type === ')') return values;
    if (after.type !== ',') refuse(`found '${after.text}', expected: ',' or ')'`);
  }
}

function checkFormat(faults: readonly string[], path: string, value: string): void {
  const [first] = faults;
  if (first !== undefined) refuse(`${path}: Invalid value: ${JSON.stringify(value)}: ${first}`);
}
