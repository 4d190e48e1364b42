import { expect } from 'vitest';
import { Fault, type FaultCode } from '../../shared/core/failures.ts';

/** The Fault that `work` must end with. */
export async function faultOf(work: Promise<unknown>, code: FaultCode): Promise<Fault> {
  const thrown: unknown = await work.then(
    (value) => expect.fail(`expected a fault ${code}, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw thrown;
  expect(thrown.code, thrown.message).toBe(code);
  return thrown;
}
