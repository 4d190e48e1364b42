import { Fault, isFault } from '../../shared/core/failures.ts';
import type { Cluster, ClusterRecord } from '../../shared/ports.ts';
import { readClaim } from './claim.ts';
import { type Command, type Input, KUBECONFIG_FLAGS, STATE_FLAG } from './command.ts';
import { stripFinalizers, stripLines } from './finalizers.ts';
import { findFluxControllers, scaleLines } from './flux-controllers.ts';
import { forgetCluster, isKnown } from './forget.ts';
import { checkPrunable, leaveLines, pruneKustomizations, removeClaim, removeIdentity } from './leave.ts';
import { readPerson } from './person-kubeconfig.ts';
import { sentence, usage } from './problems.ts';
import { reach } from './reach.ts';
import { confirm, count, done, step, warn } from './say.ts';
import { openPresentState, type State, stateName } from './state.ts';
import type { World } from './world.ts';

const MODES = ['keep', 'prune', 'hand-to-flux'] as const;
type Mode = (typeof MODES)[number];

/** Ours: how long the cluster may take to answer, in milliseconds. */
const FIRST_ANSWER_MS = 10_000;

/** `sluice cluster remove`. */
export const command: Command = {
  takes: ['NAME'],
  about: [
    'Leave a cluster: take away what Sluice put there, and forget it.',
    '',
    'Uses the stored credentials unless --kubeconfig or --context is given. A cluster that cannot be',
    'reached is forgotten, and the kubectl lines that clean it up are printed.',
  ],
  flags: {
    keep: { type: 'boolean', help: 'keep all objects, without our finalizers (default)' },
    prune: {
      type: 'boolean',
      help: 'delete the Kustomizations and what they applied; the service must be running',
    },
    'hand-to-flux': { type: 'boolean', help: "keep all objects and finalizers for Flux's own controllers" },
    ...KUBECONFIG_FLAGS,
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
    ...STATE_FLAG,
  },
  async run(input, world) {
    const given = givenMode(input);
    const [name = ''] = input.positionals;
    const state = await openPresentState(input, world);
    const target = state && (await findTarget(state, name));
    if (!state || !target) {
      const text = `no cluster "${name}" is registered in ${stateName(input, world)}; "sluice cluster list" lists them`;
      throw new Fault('not-found', text, { name });
    }
    const mode = given ?? (await askMode(input, world));
    const opened = await openTarget(state, target, input, world);
    if ('why' in opened) await removeUnreached({ state, target, mode, input, world }, opened.why);
    else await removeReached({ state, target, mode, input, world }, opened).finally(opened.close);
  },
};

/** A registered cluster; only its id is known when the record cannot be read. */
interface Target {
  readonly id: string;
  readonly name: string;
  readonly record?: ClusterRecord;
}

interface Removing {
  readonly state: State;
  readonly target: Target;
  readonly mode: Mode;
  readonly input: Input;
  readonly world: World;
}

interface Opened {
  readonly cluster: Cluster;
  readonly record: ClusterRecord;
  readonly close: () => void;
}

function givenMode(input: Input): Mode | undefined {
  const given = MODES.filter((mode) => input.on(mode));
  if (given.length > 1) throw usage(`--${given.join(' and --')} exclude each other; choose one`);
  return given[0];
}

/** By name or id. */
async function findTarget(state: State, name: string): Promise<Target | undefined> {
  const records = await state.clusters.list(() => undefined);
  const record = records.find((candidate) => candidate.name === name || candidate.id === name);
  if (record) return { id: record.id, name: record.name, record };
  return (await isKnown(state, name)) ? { id: name, name } : undefined;
}

async function askMode(input: Input, world: World): Promise<Mode> {
  if (!world.interactive || input.on('yes')) return 'keep';
  world.out('What becomes of its Flux objects?');
  world.out("  keep           keep everything as it is, without Sluice's finalizers");
  world.out('  prune          delete the Kustomizations and what they applied');
  world.out("  hand-to-flux   keep everything for Flux's own controllers");
  const answer = await world.ask('[keep]: ');
  const mode = MODES.find((known) => known === (answer === '' ? 'keep' : answer));
  if (mode) return mode;
  throw usage(`"${answer}" is none of ${MODES.join(', ')}`);
}

/** The cluster as the stored identity or as the person; `why` when that does not work. */
async function openTarget(
  state: State,
  { id, name, record }: Target,
  input: Input,
  world: World,
): Promise<Opened | { readonly why: string }> {
  const asPerson = input.text('kubeconfig') !== undefined || input.text('context') !== undefined;
  if (!record) return { why: `its record in ${state.shown} cannot be read` };
  if (asPerson) {
    const { cluster, facts, close } = await reach(await readPerson(input, world));
    if (facts.uid === id) return { cluster, record, close };
    close();
    throw new Fault('conflict', `that kubeconfig leads to another cluster (${facts.uid}); ${name} is ${id}`);
  }
  try {
    const { cluster } = await state.clusters.open(id);
    const { uid } = await cluster.until(AbortSignal.timeout(FIRST_ANSWER_MS)).facts();
    return uid === id
      ? { cluster, record, close: () => undefined }
      : { why: `another cluster answers there (${uid})` };
  } catch (error) {
    if (isFault(error)) return { why: sentence(error) };
    throw error;
  }
}

async function removeUnreached({ state, target, mode, input, world }: Removing, why: string): Promise<void> {
  const { id, name } = target;
  warn(world, `cluster ${name} cannot be cleaned up: ${why}`);
  if (mode === 'prune') {
    throw new Fault(
      'unreachable',
      `a cluster that cannot be reached cannot be pruned; use --keep to forget ${name}`,
    );
  }
  await confirm(world, `Forget ${name}, without cleaning it up?`, input.on('yes'));
  await forgetCluster(state, id);
  done(world, `cluster ${name} forgotten`);
  world.out('When it can be reached, clean it up with:');
  const lines = mode === 'keep' && target.record?.settings.owns !== 'none' ? stripLines('kubectl') : [];
  for (const line of [...lines, ...leaveLines('kubectl')]) world.out(`  ${line}`);
}

async function removeReached(removing: Removing, { cluster, record }: Opened): Promise<void> {
  const { state, target, mode, input, world } = removing;
  const { owns } = record.settings;
  const claim = await readClaim(cluster);
  if (claim && claim.deployment !== state.deployment.id)
    return removeTaken(removing, claim.deployment ?? 'unknown');
  if (mode === 'prune') checkPrunable(state, record.settings, target.name);
  await confirm(world, questionOf(mode, target.name), input.on('yes'));

  if (mode === 'prune') await pruneKustomizations(cluster, owns, world);
  const controllers = mode === 'hand-to-flux' ? await findFluxControllers(cluster) : [];
  try {
    await removeClaim(cluster);
    if (mode !== 'hand-to-flux') await strip(cluster, record, world);
    if (await removeIdentity(cluster)) done(world, 'ServiceAccount, token and bindings removed');
  } catch (error) {
    if (!isFault(error, 'forbidden')) throw error;
    const text = `the stored identity may not do this: ${error.message}; give an administrator's --kubeconfig or --context`;
    throw new Fault('forbidden', text, error.data, error);
  }
  await forgetCluster(state, target.id);
  done(world, `cluster ${target.name} removed`);
  if (mode === 'hand-to-flux') sayHowToStart(world, controllers);
}

/** Another deployment works there now: nothing in the cluster is ours any more. */
async function removeTaken({ state, target, input, world }: Removing, deployment: string): Promise<void> {
  warn(
    world,
    `cluster ${target.name} belongs to another deployment now (${deployment}); nothing in it is touched`,
  );
  await confirm(world, `Forget ${target.name}?`, input.on('yes'));
  await forgetCluster(state, target.id);
  done(world, `cluster ${target.name} forgotten`);
}

async function strip(cluster: Cluster, { settings }: ClusterRecord, world: World): Promise<void> {
  if (settings.owns === 'none') {
    step(world, 'it owns none, so the finalizers stay: they are those of Flux itself');
    return;
  }
  done(world, `finalizers taken from ${count(await stripFinalizers(cluster, settings.owns), 'object')}`);
}

function questionOf(mode: Mode, name: string): string {
  if (mode === 'prune')
    return `Delete every Kustomization in ${name} and all that they applied, and leave it?`;
  if (mode === 'hand-to-flux') return `Leave ${name} to Flux's own controllers?`;
  return `Leave ${name}, keeping its objects?`;
}

function sayHowToStart(world: World, controllers: Awaited<ReturnType<typeof findFluxControllers>>): void {
  const asleep = controllers.filter(({ replicas }) => replicas === 0);
  const runs = asleep.length === 0 && controllers.length > 0;
  world.out(runs ? 'Flux is running there and goes on.' : 'To start Flux:');
  if (runs) return;
  const lines = asleep.length > 0 ? scaleLines(asleep, 1, 'kubectl') : ['flux install'];
  for (const line of lines) world.out(`  ${line}`);
}
