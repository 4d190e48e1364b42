import { parseKubeconfig } from '../../../shared/adapters/kubernetes/kubeconfig.ts';
import type { ProbeAnswer } from '../../../shared/adapters/kubernetes/probe.ts';
import { kubeconfigSecret } from '../../../shared/adapters/kubernetes/registry.ts';
import { isFault, messageOf } from '../../../shared/core/failures.ts';
import type { Cluster, ClusterRecord } from '../../../shared/ports.ts';
import { clusterWays } from '../../../shared/runtime/cluster-ways.ts';
import { readProxies } from '../../../shared/runtime/config.ts';
import { ownsText, readClaim } from '../claim.ts';
import { planDefinitions } from '../definitions.ts';
import { missingRights } from '../establish.ts';
import { findFluxControllers } from '../flux-controllers.ts';
import { rightsOf } from '../identity.ts';
import { reachAdvice } from '../reach-advice.ts';
import { serverAddress } from '../server-address.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { accountFindings } from './account.ts';
import { certificateFinding } from './certificate.ts';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';

/** How long a cluster may take for all questions, in milliseconds. */
const ANSWER_WITHIN_MS = 15_000;

/** Asks the deployment whether it reaches a cluster, where it is not this machine's. */
export type Reach = (record: ClusterRecord) => Promise<ProbeAnswer>;

/** Every registered cluster, and those whose records cannot be read; `place` is where records are. */
export async function fleetChecks(
  state: State,
  world: World,
  place: string,
  reach?: Reach,
): Promise<{ readonly records: readonly ClusterRecord[]; readonly checks: readonly Check[] }> {
  const unreadable: Finding[] = [];
  const records = await state.clusters.list((id, { message }) => {
    const todo = `restore clusters/${id}.json in ${place}, or register the cluster again`;
    unreadable.push(problem(`cluster ${id}`, message, todo));
  });
  const none = warning('clusters', 'none is registered', '"sluice cluster add NAME" registers one');
  const noted = records.length + unreadable.length === 0 ? [none] : unreadable;
  const looks = records.flatMap((record) => clusterChecks(record, state, world, reach));
  return { records, checks: [{ where: 'clusters', look: async () => noted }, ...looks] };
}

/** Everything about one registered cluster. */
function clusterChecks(record: ClusterRecord, state: State, world: World, reach?: Reach): readonly Check[] {
  const where = `cluster ${record.name}`;
  const again = `"sluice cluster add ${record.name}"`;
  return [
    {
      where,
      async look() {
        // That the credentials cannot be read is said by who opens the cluster.
        const address = await serverAddress(state, record).catch(() => record);
        return certificateFinding(where, address, world.clock.now());
      },
    },
    {
      where,
      async look() {
        const began = performance.now();
        const [found, fromThere] = await Promise.all([
          reached(record, state),
          reachFinding(where, record, reach),
        ]);
        if ('finding' in found) return [...fromThere, unseenFromHere(found.finding, fromThere)];
        const { cluster, version } = found;
        const took = performance.now() - began;
        const answers = ok(
          where,
          `Kubernetes ${version} at ${record.server} answers in ${took.toFixed(0)} ms`,
        );
        const looks = [
          claimFinding(where, again, cluster, record, state),
          rightsFinding(where, again, record, state, world),
          fluxFinding(where, cluster, record),
          definitionsFinding(where, cluster),
        ];
        const seen = await Promise.all(looks.map((look) => orProblem(look, where)));
        return [...fromThere, answers, ...seen, ...(await accountFindings(where, cluster, record))];
      },
    },
  ];
}

/** As the functions of a deployment reach it. */
async function reachFinding(
  where: string,
  record: ClusterRecord,
  reach?: Reach,
): Promise<readonly Finding[]> {
  if (!reach) return [];
  try {
    const answer = await reach(record);
    if (answer.reached) return [ok(where, `the deployment reaches it, in ${answer.milliseconds} ms`)];
    return [problem(where, `the deployment does not reach it: ${answer.message}`, reachAdvice(answer))];
  } catch (error) {
    const what = `whether the deployment reaches it could not be asked: ${messageOf(error)}`;
    return [warning(where, what, 'look at the log of the function "probe", and at your rights to call it')];
  }
}

/** A cluster that only the functions reach is well; what is in it cannot be told from here. */
function unseenFromHere(finding: Finding, fromThere: readonly Finding[]): Finding {
  const [there] = fromThere;
  if (there?.level !== 'ok') return finding;
  const what = `this machine does not reach it, so claim, rights and definitions were not looked at: ${finding.what}`;
  return warning(finding.where, what, 'run this where it can be reached');
}

async function orProblem(look: Promise<Finding>, where: string): Promise<Finding> {
  return look.catch((error: unknown) =>
    problem(where, messageOf(error), 'give Sluice the right to it, or mend the cluster'),
  );
}

async function reached(
  record: ClusterRecord,
  state: State,
): Promise<{ readonly cluster: Cluster; readonly version: string } | { readonly finding: Finding }> {
  const where = `cluster ${record.name}`;
  try {
    const { cluster } = await state.clusters.open(record.id);
    const bounded = cluster.until(AbortSignal.timeout(ANSWER_WITHIN_MS));
    const { uid, version } = await bounded.facts();
    if (uid === record.id) return { cluster: bounded, version };
    const what = `another cluster answers at ${record.server} (${uid}, not ${record.id})`;
    const todo = `"sluice cluster remove ${record.name}", then register the new one`;
    return { finding: problem(where, what, todo) };
  } catch (error) {
    const renew = `"sluice cluster add ${record.name}" renews address and credentials`;
    const isDown = isFault(error, 'unreachable', 'timeout');
    const todo = isDown ? `check that ${record.server} runs and can be reached; ${renew}` : renew;
    return { finding: problem(where, messageOf(error), todo) };
  }
}

async function claimFinding(
  where: string,
  again: string,
  cluster: Cluster,
  record: ClusterRecord,
  state: State,
): Promise<Finding> {
  const claim = await readClaim(cluster);
  const owns = ownsText(record.settings.owns);
  if (!claim) return problem(where, 'nobody claims it, so nothing is reconciled', `${again} claims it`);
  if (claim.deployment !== state.deployment.id) {
    const todo = `remove it there, or take it over with ${again.slice(0, -1)} --take"`;
    return problem(where, `belongs to another deployment (${claim.deployment})`, todo);
  }
  if (claim.owns !== owns)
    return problem(where, `the claim says owns ${claim.owns}, the record ${owns}`, `${again} makes them one`);
  if (owns !== 'none') return ok(where, `claimed by this deployment, owns ${owns}`);
  return warning(
    where,
    'owns none, so nothing is reconciled',
    `${again.slice(0, -1)} --owns all" changes that`,
  );
}

async function rightsFinding(
  where: string,
  again: string,
  { id, eks, settings }: ClusterRecord,
  state: State,
  world: World,
): Promise<Finding> {
  const { namespaces } = settings;
  // An access entry of EKS, not a binding, says what the role may do.
  if (eks) return ok(where, `is logged in to as ${eks.roleArn}`);
  const config = parseKubeconfig((await state.secrets.get(kubeconfigSecret(id))) ?? '');
  const rights = rightsOf(namespaces ? { namespaces } : { everywhere: true });
  const tunnel = clusterWays(true, readProxies(world.env)).tunnelFor(config.server);
  const lacks = await missingRights({ ...config, tunnel }, rights, world.clock, false);
  if (lacks.length === 0) return ok(where, 'has the rights that it needs');
  return problem(where, `may not ${lacks.join(', nor ')}`, `${again} gives Sluice its rights`);
}

async function fluxFinding(where: string, cluster: Cluster, record: ClusterRecord): Promise<Finding> {
  const running = (await findFluxControllers(cluster)).filter(({ replicas }) => replicas > 0);
  if (running.length === 0) return ok(where, 'no controllers of Flux run there');
  const names = running.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const what = `Flux itself runs there (${names})`;
  if (record.settings.owns === 'none')
    return warning(where, what, `"sluice bootstrap" takes over, or leave it to Flux`);
  return problem(
    where,
    `${what}, so Sluice pauses`,
    'scale these Deployments to 0, or leave the cluster to Flux',
  );
}

async function definitionsFinding(where: string, cluster: Cluster): Promise<Finding> {
  const plans = await planDefinitions(cluster);
  const named = (...actions: readonly string[]) =>
    plans.filter(({ decision }) => actions.includes(decision.action)).map(({ name }) => name);
  const [missing, old, refused] = [named('create'), named('update'), named('refuse')];
  const parts = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(old.length > 0 ? [`too old: ${old.join(', ')}`] : []),
    ...(refused.length > 0 ? [`not Flux's: ${refused.join(', ')}`] : []),
  ];
  if (parts.length === 0) return ok(where, "the Flux kinds' definitions are served and new enough");
  return problem(where, `of the Flux kinds' definitions ${parts.join('; ')}`, 'run "sluice install" on it');
}
