import type { ReceiverType } from '../receiver-type.ts';
import { parseSignature } from '../signature.ts';

/** GitHub, and what speaks like it: Gitea, Forgejo (RC-26). */
export const github: ReceiverType = {
  proof: {
    by: 'signature',
    signature: (headers) => parseSignature(headers['x-hub-signature-256'] || headers['x-hub-signature']),
  },
  eventHeader: 'x-github-event',
  deliveryHeader: 'x-github-delivery',
  mediaTypes: ['application/json', 'application/x-www-form-urlencoded'],
};
