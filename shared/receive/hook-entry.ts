import type { ReceiverResource } from '../api/receiver.ts';

/** Whose entry of the index it is: a Receiver of a cluster, or a webhook of the whole fleet. */
export type HookOwner =
  | { readonly cluster: string; readonly namespace: string; readonly name: string }
  | { readonly webhook: string };

/** What the index knows of one webhook; all but the owner is stored encrypted. */
export interface HookEntry {
  readonly owner: HookOwner;
  readonly type: string;
  /** Base64: tokens are bytes. */
  readonly token: string;
  readonly events: readonly string[];
  /** What a Receiver wakes; none for a webhook of the fleet. */
  readonly resources: readonly ReceiverResource[];
  /** Why deliveries are answered by 503 (RC-12); absent when they are taken. */
  readonly closed?: 'suspended' | 'not ready';
  /** The digest of the path before the token changed, which stays valid until the Receiver's next run. */
  readonly previous?: string;
  /** Under which `arrivals` marks that it has seen a delivery: the command line's own tests only. */
  readonly probe?: string;
  /** The organisation, group or project that a webhook of the fleet is for. */
  readonly org?: string;
}

/** The owner as one line: `<cluster>/<namespace>/<name>` or `webhook/<name>`. */
export function ownerName(owner: HookOwner): string {
  if ('webhook' in owner) return `webhook/${owner.webhook}`;
  return `${owner.cluster}/${owner.namespace}/${owner.name}`;
}

/** The owner that a line names; undefined when it names none. */
export function parseOwner(line: string): HookOwner | undefined {
  const [first = '', second = '', third, ...more] = line.split('/');
  if (first === '' || second === '' || more.length > 0) return undefined;
  if (third === undefined) return first === 'webhook' ? { webhook: second } : undefined;
  return third === '' ? undefined : { cluster: first, namespace: second, name: third };
}
