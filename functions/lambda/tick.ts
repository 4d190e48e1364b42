import { openTick } from '../../shared/runtime/aws/clusters.ts';
import { onCall } from '../../shared/runtime/aws/invocation.ts';
import { onTick } from '../sweep.ts';

/** The clock, as the scheduler calls it with the minute that it means. */
export const handler = onCall(openTick, ({ time }: { readonly time: string }, ports) =>
  onTick(new Date(time), ports),
);
