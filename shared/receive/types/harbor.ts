import type { ReceiverType } from '../receiver-type.ts';

/** Harbor sends what its "Auth Header" field holds: the whole header is the token (RC-29). */
export const harbor: ReceiverType = { proof: { by: 'token', header: 'authorization' } };
