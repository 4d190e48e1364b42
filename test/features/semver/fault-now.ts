import { expect } from 'vitest';
import { Fault, type FaultCode } from '../../../shared/core/failures.ts';

/** The Fault that `work` must throw at once. */
export function faultNow(work: () => unknown, code: FaultCode): Fault {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.code, error.message).toBe(code);
    return error;
  }
  return expect.fail(`expected a fault ${code}`);
}
