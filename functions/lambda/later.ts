import { openClusters } from '../../shared/runtime/aws/clusters.ts';
import { onSqs } from '../../shared/runtime/aws/invocation.ts';
import { handler as later } from '../later.ts';

/** `later` as Lambda calls it. */
export const handler = onSqs('later', openClusters, later);
