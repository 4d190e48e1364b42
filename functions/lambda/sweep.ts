import { openClusters } from '../../shared/runtime/aws/clusters.ts';
import { onSqs } from '../../shared/runtime/aws/invocation.ts';
import { handler as sweep } from '../sweep.ts';

/** `sweep` as Lambda calls it. */
export const handler = onSqs('sweep', openClusters, sweep);
