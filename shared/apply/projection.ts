import { canonicalJson } from '../core/digests.ts';
import type { FieldsV1 } from './field-set.ts';

/** Stands for a field the set names and the object lacks. */
const ABSENT = { absent: true } as const;

/**
 * The part of `value` that a field set names, lists in their live order, absent fields marked: two objects with
 * equal projections have the same values in all the fields of the set. Needs no schema.
 */
export function project(value: unknown, fields: FieldsV1): unknown {
  const elements = Object.keys(fields).filter((element) => element !== '.');
  if (elements.length === 0) return value === undefined ? ABSENT : { value };
  if (value === undefined || value === null) return ABSENT;
  return Array.isArray(value) ? projectList(value, fields, elements) : projectMap(value, fields, elements);
}

function projectMap(value: unknown, fields: FieldsV1, elements: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return { value };
  return elements
    .toSorted()
    .map((element) => [
      element,
      element.startsWith('f:')
        ? project((value as Record<string, unknown>)[element.slice(2)], below(fields, element))
        : ABSENT,
    ]);
}

function projectList(list: readonly unknown[], fields: FieldsV1, elements: readonly string[]): unknown {
  const found = elements
    .map((element) => ({ element, index: indexOf(list, element) }))
    .toSorted((a, b) => a.index - b.index || (a.element < b.element ? -1 : 1));
  return found.map(({ element, index }) => [
    element,
    index === -1 ? ABSENT : project(list[index], below(fields, element)),
  ]);
}

function indexOf(list: readonly unknown[], element: string): number {
  const [type, text] = [element.slice(0, 2), element.slice(2)];
  if (type === 'i:') return Number(text) < list.length ? Number(text) : -1;
  if (type !== 'k:' && type !== 'v:') return -1;
  const wanted: unknown = JSON.parse(text);
  if (type === 'v:') return list.findIndex((item) => canonicalJson(item) === canonicalJson(wanted));
  const exact = list.findIndex((item) => hasKeys(item, wanted, false));
  // A key field that the live item lacks was filled by a default: it matches anything.
  return exact === -1 ? list.findIndex((item) => hasKeys(item, wanted, true)) : exact;
}

function hasKeys(item: unknown, wanted: unknown, defaulted: boolean): boolean {
  if (typeof item !== 'object' || item === null || typeof wanted !== 'object' || wanted === null)
    return false;
  const have = item as Record<string, unknown>;
  return Object.entries(wanted).every(
    ([key, value]) => have[key] === value || (defaulted && have[key] === undefined),
  );
}

function below(fields: FieldsV1, element: string): FieldsV1 {
  const child = fields[element];
  return typeof child === 'object' && child !== null ? (child as FieldsV1) : {};
}
