import type { Measured } from '../core/metrics.ts';
import type { Scope } from './reconciler.ts';

/** The object that a message is about, as metrics name it. */
export function measuredBy({ record, message: { kind, namespace, name } }: Scope): Measured {
  return { cluster: record.name, kind, namespace, name };
}

/** Times a run, however it ends; of an object that is gone by it nothing is kept. */
export async function measured(scope: Scope, run: () => Promise<{ readonly gone: boolean }>): Promise<void> {
  const { clock, metrics } = scope.ports;
  const start = clock.now().getTime();
  let gone = false;
  try {
    ({ gone } = await run());
  } finally {
    if (gone) metrics?.forgotten(measuredBy(scope));
    else metrics?.reconciled(measuredBy(scope), (clock.now().getTime() - start) / 1000);
  }
}
