import { REASON } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault } from '../../core/failures.ts';
import type { Trouble } from './seen.ts';

/** The first of the fields that were asked for and are not built, as trouble that stalls; never ignored. */
export function notBuilt(
  asked: readonly (readonly [isAsked: boolean, field: string])[],
): Trouble | undefined {
  const first = asked.find(([present]) => present);
  if (first === undefined) return undefined;
  const message = `${first[1]} is not supported by this version of Sluice; remove it, or leave this object to Flux`;
  return { condition: 'FetchFailed', reason: REASON.notSupported, message, stalling: true };
}

/** The CRD's pattern lets through durations that do not fit Go's 64 bits. */
export function invalidDuration(spec: {
  readonly interval: string;
  readonly timeout?: string;
}): Trouble | undefined {
  for (const field of ['interval', 'timeout'] as const) {
    try {
      parseDuration(spec[field] ?? '0s');
    } catch (error) {
      if (!isFault(error, 'invalid')) throw error;
      const message = `spec.${field} is invalid: ${error.message}`;
      return { condition: 'FetchFailed', reason: REASON.invalidSpec, message, stalling: true };
    }
  }
  return undefined;
}
