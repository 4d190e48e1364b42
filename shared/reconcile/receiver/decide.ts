import type { Receiver, ReceiverSpec } from '../../api/receiver.ts';
import { REASON } from '../../api/vocabulary.ts';
import type { HookEntry } from '../../receive/hook-entry.ts';
import { receiverType } from '../../receive/receiver-types.ts';
import { digestOfPath, webhookPath } from '../../receive/webhook-path.ts';

/** Ours: bytes of `spec.resources` as JSON, which travel with every delivery in a message of at most 256 KiB. */
const MAX_RESOURCES_BYTES = 64 * 1024;
/** How upstream begins the message of what only the user can mend (RC-08). */
const TERMINAL = 'Reconciliation failed terminally due to configuration error';

/** Everything that the decision rests on. */
export interface Seen {
  readonly now: Date;
  /** The cluster's id. */
  readonly cluster: string;
  readonly token: { readonly bytes: Uint8Array } | { readonly missing: string };
  /** This Receiver's entry in the index at the path in its status. */
  readonly indexed: HookEntry | undefined;
}

/** What to do about a Receiver; `stale` are digests of paths that are no longer its own. */
export type Plan =
  | { readonly do: 'stall'; readonly reason: string; readonly message: string }
  | { readonly do: 'fail'; readonly message: string; readonly stale: readonly string[] }
  | {
      readonly do: 'serve';
      readonly path: string;
      readonly entry: HookEntry;
      readonly stale: readonly string[];
    };

/** Decides what the webhook index has to hold of a Receiver. */
export function decide(object: Receiver, seen: Seen): Plan {
  const refused = refusal(object.spec);
  if (refused !== undefined) return { do: 'stall', ...refused };
  const { metadata, spec, status } = object;
  const before = digestOfPath(status?.webhookPath ?? '');
  const known = [before, seen.indexed?.previous].filter((digest) => digest !== undefined);
  if ('missing' in seen.token) return { do: 'fail', message: seen.token.missing, stale: known };
  const path = webhookPath(seen.token.bytes, metadata.name, metadata.namespace);
  const digest = digestOfPath(path);
  // The token has changed: senders that still use the old one are heard until the next run.
  const previous = before === digest ? undefined : before;
  const entry: HookEntry = {
    owner: { cluster: seen.cluster, namespace: metadata.namespace, name: metadata.name },
    type: spec.type,
    token: Buffer.from(seen.token.bytes).toString('base64'),
    events: spec.events ?? [],
    resources: spec.resources,
    ...(previous !== undefined && { previous }),
  };
  const stale = known.filter((other) => other !== digest && other !== previous);
  return { do: 'serve', path, entry, stale };
}

/** Why a Receiver cannot be served as it is, undefined when it can. */
export function refusal(
  spec: ReceiverSpec,
): { readonly reason: string; readonly message: string } | undefined {
  const wrong = breach(spec);
  if (wrong !== undefined) return { reason: REASON.validationFailed, message: `${TERMINAL}: ${wrong}` };
  const unknown = unsupported(spec);
  if (unknown !== undefined) {
    const message = `${unknown} is not supported by this version of Sluice`;
    return { reason: REASON.notSupported, message };
  }
  const bytes = Buffer.byteLength(JSON.stringify(spec.resources));
  if (bytes <= MAX_RESOURCES_BYTES) return undefined;
  const message = `spec.resources has ${bytes} bytes as JSON, ${MAX_RESOURCES_BYTES} at most; name fewer, or use '*' with matchLabels`;
  return { reason: REASON.invalidSpec, message };
}

/** The API server's own rules, which objects older than the rules may break (RC-04). */
function breach({ type, oidcProviders = [], secretRef }: ReceiverSpec): string | undefined {
  const isOidc = type === 'generic-oidc';
  if (isOidc && oidcProviders.length === 0) return 'generic-oidc receiver requires at least one oidcProvider';
  if (!isOidc && oidcProviders.length > 0) return 'oidcProviders can only be set when type is generic-oidc';
  if (isOidc && secretRef !== undefined) return 'secretRef cannot be set when type is generic-oidc';
  if (!isOidc && secretRef === undefined) return 'secretRef is required when type is not generic-oidc';
  return undefined;
}

/** The first part of the spec that is not built, never ignored. */
function unsupported(spec: ReceiverSpec): string | undefined {
  if (receiverType(spec.type) === undefined) return `spec.type ${spec.type}`;
  if (spec.resourceFilter) return 'spec.resourceFilter';
  const filtered = spec.resources.findIndex(({ filter }) => filter);
  return filtered === -1 ? undefined : `spec.resources[${filtered}].filter`;
}
