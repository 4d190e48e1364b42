import { preload } from '../../shared/reconcile/registry.ts';
import { onSqs } from '../../shared/runtime/aws/invocation.ts';
import { openApply } from '../../shared/runtime/aws/workers.ts';
import { handler as apply } from '../apply.ts';

await preload('apply');

/** `apply` as Lambda calls it. */
export const handler = onSqs('apply', openApply, apply);
