import { badRequest } from '../api-error.ts';

const NAME = '__proto__';

/** Throws 400 for a patch or an apply with a member called `__proto__`: merging would lose it, and it is better refused than lost. */
export function refusePrototypeMembers(body: Buffer, value: unknown): void {
  if (body.includes(NAME) && names(value))
    throw badRequest(`the embedded cluster merges no member called ${NAME}`);
}

function names(value: unknown): boolean {
  if (typeof value === 'string') return value.split('/').includes(NAME);
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, NAME) || Object.values(value).some(names);
}
