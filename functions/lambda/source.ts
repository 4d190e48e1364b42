import { preload } from '../../shared/reconcile/registry.ts';
import { onSqs } from '../../shared/runtime/aws/invocation.ts';
import { openSource } from '../../shared/runtime/aws/workers.ts';
import { handler as source } from '../source.ts';

await preload('source');

/** `source` as Lambda calls it. */
export const handler = onSqs('source', openSource, source);
