import { createAssumeIdentity } from '../../adapters/aws/assume-identity.ts';
import { createInvoke } from '../../adapters/aws/invoke.ts';
import type { S3Store } from '../../adapters/aws/s3-store.ts';
import { renderByCall } from '../../adapters/exec/render-call.ts';
import { PUBLIC_ENDPOINTS } from '../../adapters/identity/endpoints.ts';
import { createIdentities } from '../../adapters/identity/identities.ts';
import { artifactRequest } from '../../core/artifact-token.ts';
import type { Deployment, Exec, ObjectStore, Ports } from '../../ports.ts';
import { QUEUE_TABLE } from '../../reconcile/queue-table.ts';
import { awsAccess, awsSetting, readProxies } from '../config.ts';
import { waysOut } from '../ways-out.ts';
import { noExec } from './absent.ts';
import { base } from './base.ts';
import { clustersIn } from './clusters.ts';
import { hookKey } from './hook-key.ts';
import type { Extend } from './invocation.ts';
import { deploymentKey } from './keys.ts';
import { openQueues } from './queues.ts';
import { type Guard, guardOf } from './store-guard.ts';
import { indexStore, ownBucket, stateStore, wholeStore } from './stores.ts';

/** The world of a function that reconciles. */
export interface WorkerWorld {
  readonly ports: Ports;
  readonly extend: Extend;
  readonly guard: Guard;
}

/** Time to be told what `render` said after its own time is over, ms. */
const ANSWER_MS = 5_000;

/** Opens `source`'s world, to which the webhook index belongs. */
export async function openSource(): Promise<WorkerWorld> {
  return worldOf(wholeStore(), guardOf(stateStore(), indexStore()), noExec, {
    hookKey: hookKey(indexStore(), true),
    bucket: ownBucket(),
  });
}

/** Opens `apply`'s world. */
export async function openApply(): Promise<WorkerWorld> {
  const store = stateStore();
  return worldOf(store, guardOf(store), rendering(store));
}

async function worldOf(
  store: ObjectStore,
  guard: Guard,
  exec: Exec,
  known: Omit<Deployment, 'id' | 'key'> = {},
): Promise<WorkerWorld> {
  const key = await deploymentKey();
  const id = awsSetting('SLUICE_DEPLOYMENT');
  const queues = openQueues();
  const { git, http, lookupForTarget, tunnelFor } = waysOut(false, readProxies());
  const assumeIdentity = createAssumeIdentity(awsAccess(), id, base.clock);
  const served = awsSetting('SLUICE_ARTIFACTS');
  const ports: Ports = {
    ...base,
    deployment: { id, key, assumeIdentity, ...known },
    store,
    queues,
    clusters: clustersIn(store, { lookupForTarget, tunnelFor, assumeIdentity }),
    git,
    http,
    identities: identitiesOf(http, assumeIdentity),
    exec,
    artifactUrl: (cluster, path) => served + artifactRequest(key, cluster, path),
  };
  return { ports, extend: queues.extend, guard };
}

function rendering(store: S3Store): Exec {
  const timeout = QUEUE_TABLE.render.timeout * 1000 + ANSWER_MS;
  const invoke = createInvoke(awsAccess(), awsSetting('SLUICE_RENDER'), timeout);
  return renderByCall({ store, linkTo: store.presign, invoke, chance: base.chance });
}

/** The clouds' own services may have private addresses here, as interface endpoints have. */
function identitiesOf(
  http: Ports['http'],
  assumeIdentity: NonNullable<Deployment['assumeIdentity']>,
): Ports['identities'] {
  const { endpoint } = awsAccess();
  const endpoints = endpoint === undefined ? PUBLIC_ENDPOINTS : { ...PUBLIC_ENDPOINTS, aws: () => endpoint };
  return createIdentities({ http: http('flux'), clock: base.clock, endpoints, assumeIdentity });
}
