import type { FieldError } from '../api-error.ts';
import { type ApiError, badRequest, invalid } from '../api-error.ts';
import type { ListQuery, WatchQuery, WriteQuery } from '../model.ts';

/** What a watch's query asks for beyond what the API beneath takes. */
export interface WatchOptions extends WatchQuery {
  readonly bookmarks: boolean;
  readonly timeoutSeconds?: number;
}

const MAX_FIELD_MANAGER = 128;
const VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;
const META = 'meta.k8s.io';

/** Whether a query asks for a watch. */
export function asksToWatch(query: URLSearchParams): boolean {
  return flag(query, 'watch') ?? false;
}

/** The options of a list or of a deletion of many; throws 400 or 422. */
export function listQuery(query: URLSearchParams): ListQuery {
  const limit = integer(query, 'limit');
  integer(query, 'timeoutSeconds');
  const match = query.get('resourceVersionMatch') ?? '';
  const resourceVersion = query.get('resourceVersion') ?? '';
  const errors = match === '' ? [] : matchErrors(match, resourceVersion, query.get('continue') ?? '');
  if (query.has('sendInitialEvents')) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  refuse('ListOptions', errors);
  return {
    ...texts(query, 'labelSelector', 'fieldSelector', 'continue', 'resourceVersion', 'resourceVersionMatch'),
    ...(limit !== undefined && limit > 0 && { limit }),
  };
}

/** The options of a watch; throws 400 or 422. */
export function watchOptions(query: URLSearchParams): WatchOptions {
  integer(query, 'limit');
  const timeoutSeconds = integer(query, 'timeoutSeconds');
  const sendInitialEvents = flag(query, 'sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  refuse('ListOptions', watchErrors(match, sendInitialEvents, query.get('continue') ?? ''));
  return {
    ...texts(query, 'labelSelector', 'fieldSelector', 'resourceVersion'),
    ...(sendInitialEvents !== undefined && { sendInitialEvents }),
    bookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    ...(timeoutSeconds !== undefined && timeoutSeconds > 0 && { timeoutSeconds }),
  };
}

/** The options of a create, update or patch; the manager comes from the User-Agent when the query names none. Throws 422. */
export function writeQuery(
  query: URLSearchParams,
  userAgent: string | undefined,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteQuery {
  const fieldManager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const force = flag(query, 'force');
  const errors: FieldError[] = [];
  if (isApply && fieldManager === '') {
    const message = 'Required value: is required for apply patch';
    errors.push({ field: 'fieldManager', reason: 'FieldValueRequired', message });
  }
  if (kind === 'PatchOptions' && !isApply && force !== undefined) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...managerErrors(fieldManager), ...dryRunErrors(query.getAll('dryRun')));
  if (validation !== '' && !VALIDATIONS.some((known) => known === validation)) {
    errors.push(notSupported('fieldValidation', validation, ['', ...VALIDATIONS]));
  }
  refuse(kind, errors);
  return {
    dryRun: query.has('dryRun'),
    fieldManager: fieldManager || managerOf(userAgent),
    fieldValidation: (validation || 'Warn') as WriteQuery['fieldValidation'],
    ...(isApply && force !== undefined && { force }),
  };
}

/** Throws 422 for the named options kind when there are errors. */
export function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: META, kind }, '', errors);
}

/** What is wrong with the values of `dryRun`. */
export function dryRunErrors(values: readonly unknown[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])];
}

/** An error of a value outside a closed set. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((one) => JSON.stringify(one)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { field, reason: 'FieldValueNotSupported', message };
}

/** An integer of the query; throws 400 in Go's words. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^[+-]?\d{1,18}$/.test(text)) return Number(text);
  const isNumber = /^[+-]?\d+$/.test(text);
  const why = isNumber ? 'value out of range' : 'invalid syntax';
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
}

/** A boolean of the query: anything but `false` and `0` is true. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)?.toLowerCase();
  return text === undefined ? undefined : text !== 'false' && text !== '0';
}

function texts<K extends string>(query: URLSearchParams, ...names: readonly K[]): { [key in K]?: string } {
  const found: { [key in K]?: string } = {};
  for (const name of names) {
    const value = query.get(name);
    if (value !== null && value !== '') found[name] = value;
  }
  return found;
}

function matchErrors(match: string, resourceVersion: string, token: string): FieldError[] {
  const field = 'resourceVersionMatch';
  const errors: FieldError[] = [];
  if (resourceVersion === '') {
    errors.push(forbidden(field, `${field} is forbidden unless resourceVersion is provided`));
  }
  if (token !== '') errors.push(forbidden(field, `${field} is forbidden when continue is provided`));
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(notSupported(field, match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && resourceVersion === '0') {
    errors.push(forbidden(field, `${field} "exact" is forbidden for resourceVersion "0"`));
  }
  return errors;
}

function watchErrors(match: string, sendInitialEvents: boolean | undefined, token: string): FieldError[] {
  const field = 'resourceVersionMatch';
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbidden(field, `sendInitialEvents requires setting ${field} to NotOlderThan`));
  }
  if (match === '') return errors;
  if (sendInitialEvents === undefined) {
    errors.push(forbidden(field, `${field} is forbidden for watch unless sendInitialEvents is provided`));
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(field, match, ['NotOlderThan']));
  if (token !== '') errors.push(forbidden(field, `${field} is forbidden when continue is provided`));
  return errors;
}

function managerErrors(manager: string): FieldError[] {
  const field = 'fieldManager';
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MAX_FIELD_MANAGER) {
    const message = `Too long: may not be more than ${MAX_FIELD_MANAGER} bytes`;
    errors.push({ field, reason: 'FieldValueTooLong', message });
  }
  const at = manager.search(UNPRINTABLE);
  if (at !== -1) {
    const code = (manager.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `Invalid value: ${goQuoted(manager)}: invalid character U+${code} (at position ${at})`;
    errors.push({ field, reason: 'FieldValueInvalid', message });
  }
  return errors;
}

function goQuoted(text: string): string {
  const named = JSON.stringify(text).replaceAll('\\u0007', '\\a').replaceAll('\\u000b', '\\v');
  return named.replace(/\\u00(..)/g, '\\x$1');
}

// Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu');

function managerOf(userAgent = ''): string {
  const prefix = userAgent.split('/', 1)[0] ?? '';
  const printable = prefix.replace(ALL_UNPRINTABLE, '');
  if (printable.length <= MAX_FIELD_MANAGER / 4) return printable || 'unknown';
  let kept = '';
  for (const character of printable) {
    if (Buffer.byteLength(kept + character) > MAX_FIELD_MANAGER) break;
    kept += character;
  }
  return kept;
}

function forbidden(field: string, why: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

/** An error for options that a body of the wrong shape carries. */
export function wrongType(what: string): ApiError {
  return badRequest(`json: cannot unmarshal ${what}`);
}
