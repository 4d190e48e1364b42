import { REASON } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault } from '../../core/failures.ts';
import type { Trouble } from './seen.ts';

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
