import type { Receiver } from '../../api/receiver.ts';
import { Fault } from '../../core/failures.ts';
import type { HookEntry } from '../../receive/hook-entry.ts';
import { ownerName } from '../../receive/hook-entry.ts';
import { readHooks } from '../../receive/hook-index.ts';
import { digestOfPath } from '../../receive/webhook-path.ts';
import type { Scope } from '../reconciler.ts';
import { refusal, type Seen } from './decide.ts';

/** Looks at the Secret, and at what the index holds of the Receiver. */
export async function observe(object: Receiver, scope: Scope): Promise<Seen> {
  const now = scope.ports.clock.now();
  const cluster = scope.record.id;
  if (refusal(object.spec) !== undefined) return { now, cluster, token: { missing: '' }, indexed: undefined };
  const digest = digestOfPath(object.status?.webhookPath ?? '');
  const [token, indexed] = await Promise.all([
    readToken(object, scope),
    digest === undefined ? undefined : entryAt(digest, object, scope),
  ]);
  return { now, cluster, token, indexed };
}

/** The Receiver's own entry at a path; undefined when there is none, or none that can be opened. */
export async function entryAt(
  digest: string,
  { metadata: { namespace, name } }: Receiver,
  scope: Scope,
): Promise<HookEntry | undefined> {
  const hooks = await readHooks(scope.ports.store, await hookKey(scope), digest);
  const owner = ownerName({ cluster: scope.record.id, namespace, name });
  if (hooks && hooks.unreadable.length > 0)
    scope.ports.log.warn('entries of the webhook index are corrupt', { owners: hooks.unreadable });
  return hooks?.entries.find((entry) => ownerName(entry.owner) === owner);
}

/** The key of the index. Fault `unsupported` where the deployment has none. */
export async function hookKey({ ports }: Scope): Promise<Uint8Array> {
  const key = await ports.deployment.hookKey?.();
  if (key === undefined) throw new Fault('unsupported', 'this deployment has no key for webhooks');
  return key;
}

/** The bytes of `token`; empty ones are none, as anybody could sign with them. */
async function readToken({ metadata, spec }: Receiver, scope: Scope): Promise<Seen['token']> {
  const { namespace } = metadata;
  const name = spec.secretRef?.name ?? '';
  const secret = await scope.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  const place = `'${namespace}/${name}'`;
  if (secret === undefined)
    return { missing: `unable to read token from secret ${place} error: secrets "${name}" not found` };
  const { data = {} } = secret as { data?: Readonly<Record<string, string>> };
  const bytes = new Uint8Array(Buffer.from(data.token ?? '', 'base64'));
  if (bytes.length === 0) return { missing: `invalid ${place} secret data: required fields 'token'` };
  return { bytes };
}
