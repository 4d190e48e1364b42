import type { CelValue } from '@bufbuild/cel';
import type { FieldError } from '../../api-error.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf, type ValidationRule } from '../json-schema.ts';
import { fieldsOf } from '../prune.ts';
import { type Correlation, correlate, sameItem } from '../validate/correlation.ts';
import { errorOf, OMITTED } from '../validate/field-error.ts';
import { type CompiledRule, compileRule } from './compile.ts';
import { isVisible, seenSchema, wholeSchema } from './declared.ts';
import { fieldPathOf } from './field-path.ts';
import { type Bindings, language } from './language.ts';
import { ruleValue } from './values.ts';

/** A value in a walk through an object: what it was, and by what it is known to be unchanged. */
interface Place {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  readonly isRoot: boolean;
  readonly correlation: Correlation | undefined;
  /** The nearest place above that could be correlated. */
  readonly above: Correlation | undefined;
}

/** Messages of expressions that are longer are not used, in bytes. */
const MAX_MESSAGE_BYTES = 10_240;

const compiled = new WeakMap<JsonSchema, readonly CompiledRule[]>();
const withRules = new WeakMap<JsonSchema, boolean>();

/** What the rules of a CRD say about a new object, or about a change of `old`. */
export function ruleErrors(schema: JsonSchema, object: unknown, old?: unknown): readonly FieldError[] {
  if (!hasRules(schema)) return [];
  const correlation = old === undefined ? undefined : correlate(schema, object, old);
  return errorsAt({ schema, value: object, old, path: '', isRoot: true, correlation, above: undefined });
}

/** Whether there is a rule in a schema or below; remembered by schema. */
export function hasRules(schema: JsonSchema): boolean {
  const known = withRules.get(schema);
  if (known !== undefined) return known;
  const children = [
    ...Object.values(schema.properties ?? {}),
    itemsOf(schema),
    additionalOf(schema),
    ...(schema.allOf ?? []),
  ];
  const found =
    (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
    children.some((child) => child !== undefined && hasRules(child));
  withRules.set(schema, found);
  return found;
}

function errorsAt(place: Place): readonly FieldError[] {
  const { schema, value, old, path } = place;
  if (value === null || value === undefined || !hasRules(schema)) return [];
  const errors = [...ownErrors(place)];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    value.forEach((item, at) => {
      if (items) errors.push(...errorsAt(itemPlace(place, items, item, at)));
    });
    return errors;
  }
  const before = fieldsOf(old);
  for (const [name, member] of Object.entries(fieldsOf(value) ?? {})) {
    const declared = propertyOf(schema, name);
    const child = declared ?? additionalOf(schema);
    if (!child || !isVisible(child)) continue;
    const at = declared ? (path === '' ? name : `${path}.${name}`) : `${path}[${name}]`;
    const isTypeMeta = place.isRoot && (name === 'apiVersion' || name === 'kind');
    errors.push(
      ...errorsAt({
        schema: child,
        value: member,
        old: before?.[name],
        path: at,
        isRoot: false,
        correlation: isTypeMeta ? undefined : place.correlation?.member(name),
        above: isTypeMeta ? undefined : (place.correlation ?? place.above),
      }),
    );
  }
  return errors;
}

function itemPlace(place: Place, items: JsonSchema, value: unknown, at: number): Place {
  return {
    schema: items,
    value,
    old: sameItem(place.schema, value, place.old),
    path: `${place.path}[${at}]`,
    isRoot: false,
    correlation: place.correlation?.item(at),
    above: place.correlation ?? place.above,
  };
}

function ownErrors(place: Place): readonly FieldError[] {
  const { schema, value, old, correlation, above } = place;
  const seen = place.isRoot ? wholeSchema(schema) : seenSchema(schema);
  const rules = rulesOf(schema, seen);
  if (rules.length === 0) return [];
  const self = ruleValue(value, seen);
  const hasOld = old !== undefined && old !== null;
  const oldSelf = hasOld ? ruleValue(old, seen) : null;
  const isUnchanged = (correlation ?? above)?.isUnchanged() === true;
  return rules.flatMap((rule) => {
    const optional = rule.rule.optionalOldSelf === true;
    if (rule.usesOldSelf && !hasOld && !optional) return [];
    const given = optional ? (hasOld ? [oldSelf] : []) : oldSelf;
    return errorOfRule(rule, { self, oldSelf: given }, place, isUnchanged && !rule.usesOldSelf);
  });
}

function rulesOf(schema: JsonSchema, seen: JsonSchema): readonly CompiledRule[] {
  const known = compiled.get(schema);
  if (known) return known;
  // A rule that cannot be compiled was refused with its CRD.
  const rules = (schema['x-kubernetes-validations'] ?? []).flatMap((rule) => {
    const result = compileRule(rule, seen);
    return 'compiled' in result ? [result.compiled] : [];
  });
  compiled.set(schema, rules);
  return rules;
}

function errorOfRule(
  { rule, evaluate, message }: CompiledRule,
  bindings: Bindings,
  { schema, value, path }: Place,
  isLetThrough: boolean,
): readonly FieldError[] {
  const result = evaluate(bindings);
  if (language().isError(result)) return [evaluationError(rule, result.message, schema, path)];
  if (result === true || isLetThrough) return [];
  const detail =
    messageText(message?.(bindings)) ?? (rule.message?.trim() || `failed rule: ${rule.rule.trim()}`);
  const below = fieldPathOf(rule.fieldPath?.trim() ?? '', schema) ?? '';
  const field = [path, below].filter((part) => part !== '').join('.');
  const shown = schema.type === 'object' || schema.type === 'array' ? OMITTED : value;
  const reason = (rule.reason ?? 'FieldValueInvalid') as FieldError['reason'];
  return [errorOf(reason, field, shown, reason === 'FieldValueDuplicate' ? '' : detail)];
}

/** The API server's words for what CEL says. */
function evaluationError(
  rule: ValidationRule,
  message: string,
  schema: JsonSchema,
  path: string,
): FieldError {
  const text = rule.message?.trim() || rule.rule.trim();
  const said = message
    .replace('field not found: ', 'no such key: ')
    .replace(/^\w+ divide by zero/, 'division by zero')
    .replace(/^index (-?\d+) out of bounds.*/, 'index out of bounds: $1');
  const detail = said.startsWith('found no matching overload')
    ? `'no such overload': call arguments did not match a supported operator, function or macro signature for rule: ${text}`
    : `${said} evaluating rule: ${text}`;
  return errorOf('FieldValueInvalid', path, schema.type ?? '', detail);
}

function messageText(value: CelValue | Error | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES;
  return isUsable ? text : undefined;
}
