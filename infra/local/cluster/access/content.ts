import { parseJson } from '../../../../shared/core/json.ts';
import type { Entry } from '../model.ts';

/** The other members of a stored object, as of its kind; nothing checks them anew. */
export function contentOf<T>(entry: Entry): Partial<T> {
  return parseJson(`{${entry.rest}}`) as Partial<T>;
}

/** A time as objects carry it, to the second. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+/, '');
}
