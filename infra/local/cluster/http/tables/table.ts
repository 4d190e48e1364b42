import { toJson } from '../../../../../shared/core/json.ts';
import { badRequest } from '../../api-error.ts';
import type { Item } from '../item.ts';
import type { Column, Printer } from './columns.ts';

/** What each row of a Table carries of its object. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** Reads `includeObject` of a query; throws 400. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  const why = `Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${why}`);
}

/** How a Table is to be written. */
export interface TableStyle {
  readonly printer: Printer;
  readonly include: IncludeObject;
  readonly now: Date;
  /** `meta.k8s.io/v1` or `v1beta1`. */
  readonly metaVersion: string;
  /** False after the first event of a watch. */
  readonly headers: boolean;
}

const headers = new WeakMap<readonly Column[], string>();

/** JSON of a Table of `items`; `metadata` is the list's, as JSON. */
export function tableJson(items: readonly Item[], metadata: string, style: TableStyle): string {
  const columns = style.headers ? headersJson(style.printer.columns) : 'null';
  const rows = items.map((item) => rowJson(item, style)).join(',');
  return `{"kind":"Table","apiVersion":"${style.metaVersion}","metadata":${metadata},"columnDefinitions":${columns},"rows":[${rows}]}`;
}

/** JSON of the metadata of `item` alone, as a PartialObjectMetadata. */
export function partialJson(item: Item, metaVersion: string): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"${metaVersion}","metadata":${item.metadata()}}`;
}

function rowJson(item: Item, { printer, include, now, metaVersion }: TableStyle): string {
  const value = item.value();
  const conditions = printer.conditions?.(value) ?? [];
  const told = conditions.length > 0 ? `,"conditions":${toJson(conditions)}` : '';
  const object =
    include === 'None' ? 'null' : include === 'Object' ? item.whole() : partialJson(item, metaVersion);
  return `{"cells":${toJson(printer.cells(value, now))}${told},"object":${object}}`;
}

function headersJson(columns: readonly Column[]): string {
  const known = headers.get(columns) ?? toJson(columns);
  headers.set(columns, known);
  return known;
}
