import { onCall } from '../../shared/runtime/aws/invocation.ts';
import { openProbe, probe } from '../../shared/runtime/aws/probe.ts';

/** Tells the command line whether a cluster is reached from where the functions are, without any rights of its own. */
export const handler = onCall(openProbe, probe);
