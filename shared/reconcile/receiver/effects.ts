import type { Receiver, ReceiverSpec, ReceiverStatus } from '../../api/receiver.ts';
import { API_VERSION, FIELD_MANAGER, FINALIZER } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import type { HookEntry } from '../../receive/hook-entry.ts';
import { putHook, removeHook } from '../../receive/hook-index.ts';
import { digestOfPath } from '../../receive/webhook-path.ts';
import type { Reconciled, Reconciler, Removal, Scope } from '../reconciler.ts';
import { conclude } from './conclude.ts';
import { decide, type Plan, type Seen } from './decide.ts';
import { entryAt, hookKey, observe } from './observe.ts';

type Object = Reconciled<ReceiverSpec, ReceiverStatus> & Receiver;

/** Receiver: a webhook wakes objects. */
export const receiver: Reconciler<ReceiverSpec, ReceiverStatus, Seen, Plan, undefined> = {
  apiVersion: API_VERSION.receiver,
  kind: 'Receiver',
  manager: { status: FIELD_MANAGER.notification, component: FIELD_MANAGER.notification },
  finalizer: FINALIZER,
  intervalOf: (spec) => parseDuration(spec.interval),
  observe: (object, scope) => observe(object as Object, scope),
  decide: (object, seen) => decide(object as Object, seen),
  act: (object, plan, _seen, scope) => act(object as Object, plan, scope),
  conclude: (object, plan, seen, _report, hops) => conclude(object as Object, plan, seen, hops),
  suspend: (object, scope) => close(object as Object, 'suspended', scope),
  remove: (object, scope) => remove(object as Object, scope),
  fanOut: async () => undefined,
};

/** The index first, then the status: a path that is shown is a path that is served. */
async function act(object: Receiver, plan: Plan, scope: Scope): Promise<undefined> {
  if (plan.do === 'stall') return close(object, 'not ready', scope);
  if (plan.do === 'serve')
    await putHook(scope.ports, await hookKey(scope), digestOfPath(plan.path) ?? '', plan.entry);
  for (const digest of plan.stale) await removeHook(scope.ports, digest, ownerOf(object, scope));
  return undefined;
}

/** Deliveries to the Receiver's paths are answered by 503 from now on (RC-12). */
async function close(
  object: Receiver,
  closed: NonNullable<HookEntry['closed']>,
  scope: Scope,
): Promise<undefined> {
  for (const { digest, entry } of await entriesOf(object, scope))
    await putHook(scope.ports, await hookKey(scope), digest, { ...entry, closed });
  return undefined;
}

async function remove(object: Receiver, scope: Scope): Promise<Removal> {
  const entries = await entriesOf(object, scope);
  const known = digestOfPath(object.status?.webhookPath ?? '');
  const digests = new Set([...(known ? [known] : []), ...entries.map(({ digest }) => digest)]);
  for (const digest of digests) await removeHook(scope.ports, digest, ownerOf(object, scope));
  return { finished: true, events: [], next: { after: 'nothing' } };
}

/** The Receiver's entries at the path in its status, and at the one before it. */
async function entriesOf(
  object: Receiver,
  scope: Scope,
): Promise<readonly { readonly digest: string; readonly entry: HookEntry }[]> {
  const digest = digestOfPath(object.status?.webhookPath ?? '');
  const entry = digest && (await entryAt(digest, object, scope));
  if (!digest || !entry) return [];
  const older = entry.previous && (await entryAt(entry.previous, object, scope));
  const previous = entry.previous && older ? [{ digest: entry.previous, entry: older }] : [];
  return [{ digest, entry }, ...previous];
}

function ownerOf({ metadata: { namespace, name } }: Receiver, scope: Scope): HookEntry['owner'] {
  return { cluster: scope.record.id, namespace, name };
}
