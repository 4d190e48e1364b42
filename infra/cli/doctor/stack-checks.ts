import { storeOwner } from '../../../shared/reconcile/store-owner.ts';
import type { StackPlace } from '../stack-place.ts';
import { reachFromStack } from '../stack-reach.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { certificateFinding } from './certificate.ts';
import { fleetChecks } from './clusters.ts';
import { type Check, type Finding, ok } from './finding.ts';
import { deadLetterFindings, lettersOf } from './queues.ts';
import { scheduleFindings, tickFindings } from './stack-clock.ts';
import { functionsFindings, identityChecks } from './stack-functions.ts';
import { stackQueueFindings } from './stack-queues.ts';
import { ownerFinding } from './store.ts';
import { deliveryFindings } from './test-delivery.ts';
import { unlessUnseen } from './unseen.ts';

/** Ours: how long `arrivals` may take for the test delivery, in milliseconds: it may have to be started. */
const HANDLED_MS = 20_000;

/** A deployment on AWS, looked at by a person. */
export interface StackPatient {
  readonly world: World;
  readonly state: State;
  readonly stack: StackPlace;
  /** Where deliveries are taken. */
  readonly webhookUrl: string;
}

/** All that can be looked at of a deployment on AWS with a person's rights and from their machine. */
export async function stackChecks(patient: StackPatient): Promise<readonly Check[]> {
  const { state, stack, webhookUrl, world } = patient;
  const now = () => world.clock.now();
  const { records, checks } = await fleetChecks(
    state,
    world,
    `the state bucket of ${state.shown}`,
    (record) => reachFromStack(stack, state, record),
  );
  const advice = {
    unanswered: 'look at the log of the function "receive" and at its role',
    unhandled: 'look at the queue and the log of the function "arrivals"',
  };
  const check = (where: string, look: () => Promise<readonly Finding[]>): Check => ({
    where,
    look: () => unlessUnseen(where, look),
  });
  return [
    check(state.shown, async () => stackFindings(patient)),
    check('functions', () => functionsFindings(stack)),
    check('clock', () => scheduleFindings(stack)),
    check('clock', () => tickFindings(state.store, records, now())),
    check('queues', () => stackQueueFindings(stack, now())),
    check('failed messages', async () => deadLetterFindings(await lettersOf(state), now())),
    check('webhooks', async () =>
      webhookUrl.startsWith('https:') ? certificateFinding('webhooks', { server: webhookUrl }, now()) : [],
    ),
    check('webhooks', () =>
      deliveryFindings({ world, state, records, webhookUrl, patience: HANDLED_MS, advice }),
    ),
    ...identityChecks(stack, state.deployment.id, records),
    ...checks,
  ];
}

async function stackFindings({ state, stack, webhookUrl }: StackPatient): Promise<readonly Finding[]> {
  const { id } = state.deployment;
  const buckets = [stack.outputs.StateBucketName, stack.outputs.IndexBucketName];
  const owners = await Promise.all(state.claimed.map((store) => storeOwner(store)));
  const foreign = owners.flatMap((owner, index) => ownerFinding(owner, id, `bucket ${buckets[index]}`));
  return [ok(state.shown, `deployment ${id}, takes webhooks at ${webhookUrl}`), ...foreign];
}
