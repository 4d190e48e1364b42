import { openArrivals } from '../../shared/runtime/aws/clusters.ts';
import { onSqs } from '../../shared/runtime/aws/invocation.ts';
import { handler as arrivals } from '../arrivals.ts';

/** `arrivals` as Lambda calls it. */
export const handler = onSqs('arrivals', openArrivals, arrivals);
