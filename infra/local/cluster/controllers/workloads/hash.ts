import { createHash } from 'node:crypto';
import { toJson } from '../../../../../shared/core/json.ts';
import { fieldsOf } from '../../strategies/rules/fields.ts';

// Without vowels and look-alikes, as in names that Kubernetes makes.
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 10;

/** A short name for a value, the same for equal ones; the characters are Kubernetes', the hash is not. */
export function shortHash(value: unknown): string {
  const bytes = createHash('sha256')
    .update(toJson(sorted(value)))
    .digest();
  return [...bytes.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  const fields = fieldsOf(value);
  if (!fields) return value;
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((name) => [name, sorted(fields[name])]),
  );
}
