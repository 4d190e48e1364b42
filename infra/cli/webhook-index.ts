import { systemChance as chance } from '../../shared/adapters/local/system.ts';
import { Fault } from '../../shared/core/failures.ts';
import type { HookEntry } from '../../shared/receive/hook-entry.ts';
import { type HookPorts, listHooks } from '../../shared/receive/hook-index.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** A webhook of the whole fleet, and the digest of its path. */
export interface FleetWebhook {
  readonly name: string;
  readonly digest: string;
  readonly entry: HookEntry;
}

/** The key of the webhook index. Fault `unsupported` where the deployment has none. */
export async function hookKey({ deployment }: State): Promise<Uint8Array> {
  const key = await deployment.hookKey?.();
  if (key === undefined) throw new Fault('unsupported', 'this deployment has no key for webhooks');
  return key;
}

/** What the index reaches. */
export function hookPorts({ store }: State, { clock }: World): HookPorts {
  return { store, clock, chance };
}

/** The webhooks of the whole fleet, by name. */
export async function fleetWebhooks(state: State): Promise<readonly FleetWebhook[]> {
  const found: FleetWebhook[] = [];
  for await (const { digest, entry } of listHooks(state.store, await hookKey(state))) {
    if ('webhook' in entry.owner) found.push({ name: entry.owner.webhook, digest, entry });
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
