import { expect } from 'vitest';
import { ApiError } from '../../../../infra/local/cluster/api-error.ts';

/** The refusal that `work` throws; fails when it throws nothing else. */
export function refusalOf(work: () => unknown): ApiError {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  return expect.fail(`expected a refusal, got ${JSON.stringify(value)}`);
}
