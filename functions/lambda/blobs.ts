import { openBlobs } from '../../shared/runtime/aws/artifact.ts';
import { onCall } from '../../shared/runtime/aws/invocation.ts';
import { handler as blobs } from '../blobs.ts';

/** The daily sweep of stored artifacts, as the scheduler calls it. */
export const handler = onCall(openBlobs, (_: unknown, ports, signal) => blobs(ports, signal));
