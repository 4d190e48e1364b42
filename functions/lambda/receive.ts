import { onHttp } from '../../shared/runtime/aws/invocation.ts';
import { openReceive } from '../../shared/runtime/aws/receive.ts';
import { handler as receive } from '../receive.ts';

/** `receive` as Lambda calls it. */
export const handler = onHttp(openReceive, receive);
