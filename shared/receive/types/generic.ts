import type { ReceiverType } from '../receiver-type.ts';

/** Anybody who knows the path (RC-22). */
export const generic: ReceiverType = { proof: { by: 'path' } };
