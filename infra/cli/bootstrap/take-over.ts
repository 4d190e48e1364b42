import { recordKey } from '../../../shared/adapters/kubernetes/cluster-record.ts';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import type { Clock, Cluster, ClusterRecord } from '../../../shared/ports.ts';
import { ownsText, readClaim, writeClaim } from '../claim.ts';
import { type FluxController, findFluxControllers } from '../flux-controllers.ts';
import { FIELD_MANAGER } from '../namespace.ts';
import { count } from '../say.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';

/** Ours: how long the controllers' pods may take to end, in milliseconds; Kubernetes gives them 30 s. */
const ENDED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** What stands between us and a cluster in which Flux itself was bootstrapped. */
export interface TakeOver {
  readonly controllers: readonly FluxController[];
  /** The repository starts the controllers. */
  readonly inRepository: boolean;
  /** The cluster is not ours to reconcile yet. */
  readonly ownsNone: boolean;
}

/** What has to be done to take over; undefined when Flux itself is neither in the cluster nor in the repository, or is left out already. */
export async function planTakeOver(
  cluster: Cluster,
  record: ClusterRecord,
  repository: { readonly hasComponents: boolean; readonly startsControllers: boolean },
): Promise<TakeOver | undefined> {
  const controllers = await findFluxControllers(cluster);
  const running = controllers.filter(({ replicas }) => replicas > 0);
  const ownsNone = record.settings.owns === 'none';
  const wasFlux = controllers.length > 0 || repository.hasComponents;
  const isDue = repository.startsControllers || running.length > 0 || (ownsNone && wasFlux);
  return isDue ? { controllers: running, inRepository: repository.startsControllers, ownsNone } : undefined;
}

/** Shows what taking over means and asks. Fault `conflict` when nobody is there to be asked, `invalid` when the answer is no. */
export async function agreeToTakeOver(
  { controllers, inRepository, ownsNone }: TakeOver,
  name: string,
  world: World,
  yes: boolean,
): Promise<void> {
  const lines = [
    ...(inRepository ? ['  commit a patch that leaves its controllers out of the repository'] : []),
    ...controllers.map(({ namespace, name }) => `  scale deployment/${namespace}/${name} to 0`),
    ...(ownsNone ? [`  let Sluice own the Flux objects of ${name}`] : []),
  ];
  world.out(`Flux itself was bootstrapped here. To take over, Sluice will:\n${lines.join('\n')}`);
  if (yes) return;
  if (!world.interactive) {
    const text = `Flux itself was bootstrapped in ${name}; run it again with --yes to let Sluice take over`;
    throw new Fault('conflict', text, { name });
  }
  if (/^y(es)?$/i.test(await world.ask('Go on? [y/N] '))) return;
  throw new Fault('invalid', 'aborted; Flux goes on as before');
}

/** Scales the controllers down, waits until their pods have ended, and only then owns the cluster. Faults: `timeout`, and those of the cluster. */
export async function takeOver(
  { controllers, ownsNone }: TakeOver,
  { cluster, record, state, clock }: Taking,
): Promise<ClusterRecord> {
  for (const controller of controllers) await scaleDown(cluster, controller);
  await untilEnded(cluster, controllers, clock);
  if (!ownsNone) return record;
  const settings = { ...record.settings, owns: 'all' } as const;
  const after: ClusterRecord = { ...record, settings };
  const ours = { deployment: state.deployment.id, cluster: record.id, owns: ownsText('all') };
  await writeClaim(cluster, await readClaim(cluster), ours);
  await state.store.put(recordKey(record.id), new TextEncoder().encode(JSON.stringify(after)));
  return after;
}

interface Taking {
  readonly cluster: Cluster;
  readonly record: ClusterRecord;
  readonly state: State;
  readonly clock: Clock;
}

const reference = ({ namespace, name }: FluxController) =>
  ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }) as const;

async function scaleDown(cluster: Cluster, controller: FluxController): Promise<void> {
  try {
    const merge = { spec: { replicas: 0 } };
    await cluster.patch(reference(controller), { merge }, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    // Flux has pruned it by what was just committed.
    if (!isFault(error, 'not-found')) throw error;
  }
}

async function untilEnded(
  cluster: Cluster,
  controllers: readonly FluxController[],
  clock: Clock,
): Promise<void> {
  const end = clock.now().getTime() + ENDED_WITHIN_MS;
  for (;;) {
    const found = await Promise.all(controllers.map((controller) => cluster.get(reference(controller))));
    const alive = found.filter((object) => Number((object?.status as Status)?.replicas ?? 0) > 0);
    if (alive.length === 0) return;
    if (clock.now().getTime() >= end) {
      const names = alive.map((object) => object?.metadata.name).join(', ');
      const text = `${count(alive.length, 'controller')} of Flux still run after ${ENDED_WITHIN_MS / 1000} s (${names}); look at their pods, then run the same command again`;
      throw new Fault('timeout', text, { names });
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

type Status = { readonly replicas?: unknown } | undefined;
