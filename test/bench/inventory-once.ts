import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import {
  create,
  GIT_REPOSITORY,
  gitRepository,
  KUSTOMIZATION,
  kustomization,
  type Reconciled,
  reconcile,
} from '../flow/drive.ts';
import { openWorld, type World } from '../flow/world.ts';
import { commit, createRepository } from '../servers/git-http.ts';

// A process of its own, so that its memory is that of one worker: `node inventory-once.ts <folder> <server> <ca> <token>
// <objects>` applies so many, then finds nothing to do, and prints how many there are and the most MiB that it held.
const [dir = '', server = '', ca = '', token = '', count = '0'] = process.argv.slice(2);
const NAME = 'inventory';
/** A run that is out of time is taken up again. */
const RUNS = 10;

async function applied(world: World): Promise<Reconciled> {
  const reference = { ...KUSTOMIZATION, namespace: 'default', name: NAME };
  for (let run = 1; run < RUNS; run++) {
    const object = await reconcile(world, reference);
    if (object.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) break;
  }
  return reconcile(world, reference);
}

const world = await openWorld({ dir, server, ca, token, log: createCollectingLog() });
const objects = Array.from({ length: Number(count) }, (_, index) => {
  const metadata = { namespace: 'default', name: `c${index}`, labels: { app: `app-${index % 50}` } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: `${index}`.repeat(200) } };
});
const repository = await createRepository(world.gitRoot, NAME);
await commit(repository, { 'all.yaml': objects.map((one) => JSON.stringify(one)).join('\n---\n') }, 'all');
await create(world, gitRepository(world, 'default', NAME), kustomization('default', NAME));
await reconcile(world, { ...GIT_REPOSITORY, namespace: 'default', name: NAME });
const { status } = await applied(world);
const entries = status.inventory?.entries.length ?? 0;
const held = Math.round(process.resourceUsage().maxRSS / 1024);
const said = status.conditions.find(({ type }) => type === 'Ready')?.message;
process.stdout.write(`${JSON.stringify({ entries, held, said })}\n`);
await world.stop();
