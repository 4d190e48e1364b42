import { receive } from '../shared/receive/receive.ts';

/** Takes deliveries of Git hosts and registries. */
export const handler = receive;
