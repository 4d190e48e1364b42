import type { ReceiverType } from '../receiver-type.ts';
import { parseSignature } from '../signature.ts';

/** `X-Signature: <algorithm>=<hex>` over the raw body (RC-23). */
export const genericHmac: ReceiverType = {
  proof: { by: 'signature', signature: (headers) => parseSignature(headers['x-signature']) },
};
