import type { JsonSchema } from '../json-schema.ts';
import type { Below } from './below.ts';
import { add, type Collected, collect, merge, type Result } from './finding.ts';

/** What is wrong with a value by `anyOf`, `oneOf`, `allOf` and `not`, with the findings of the schema that fits best. */
export function combinedResult(schema: JsonSchema, value: unknown, path: string, below: Below): Result {
  const result = collect();
  const tried = (schemas: readonly JsonSchema[]) => schemas.map((one) => below.again(one, value, path));
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  if (anyOf.length > 0) addAnyOf(result, tried(anyOf), path);
  if (oneOf.length > 0) addOneOf(result, tried(oneOf), path);
  if (allOf.length > 0) addAllOf(result, tried(allOf), path);
  if (not && isValid(below.again(not, value, path))) {
    addComposite(result, `${quotedPath(path)} must not validate the schema (not)`, path);
  }
  result.matches += 1;
  return result;
}

function addAnyOf(result: Collected, results: readonly Result[], path: string): void {
  const fitting = results.find(isValid);
  if (!fitting) addComposite(result, `${quotedPath(path)} must validate at least one schema (anyOf)`, path);
  const told = fitting ?? best(results);
  if (told) merge(result, told);
}

function addOneOf(result: Collected, results: readonly Result[], path: string): void {
  const fitting = results.filter(isValid);
  if (fitting.length === 1) {
    merge(result, ...fitting);
    return;
  }
  const found = fitting.length === 0 ? 'Found none valid' : `Found ${fitting.length} valid alternatives`;
  addComposite(result, `${quotedPath(path)} must validate one and only one schema (oneOf). ${found}`, path);
  const told = fitting.length === 0 ? best(results) : undefined;
  if (told) merge(result, told);
}

function addAllOf(result: Collected, results: readonly Result[], path: string): void {
  merge(result, ...results);
  if (results.every(isValid)) return;
  const none = results.some(isValid) ? '' : '. None validated';
  addComposite(result, `${quotedPath(path)} must validate all the schemas (allOf)${none}`, path);
}

/** The first of those with most matches. */
function best(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>(
    (chosen, one) => (chosen === undefined || one.matches > chosen.matches ? one : chosen),
    undefined,
  );
}

function isValid({ findings }: Result): boolean {
  return findings.length === 0;
}

function addComposite(result: Collected, message: string, path: string): void {
  add(result, { path, rule: 'composite', message });
}

function quotedPath(path: string): string {
  return JSON.stringify(path);
}
