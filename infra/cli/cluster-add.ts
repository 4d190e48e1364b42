import { isDeepStrictEqual } from 'node:util';
import type { ParsedKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import { formatKubeconfig, saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { kubeconfigSecret } from '../../shared/adapters/kubernetes/registry.ts';
import { externalIdOf } from '../../shared/core/deployment.ts';
import { Fault } from '../../shared/core/failures.ts';
import type { ClusterRecord, ClusterSettings, Profile } from '../../shared/ports.ts';
import type { OwnerClaim } from '../../shared/reconcile/clusters.ts';
import { ADD_FLAGS } from './add-flags.ts';
import { type AddOptions, addOptions, profileOf } from './add-options.ts';
import { identityObjects, objectName, planLines } from './add-plan.ts';
import { readAsIs } from './as-is.ts';
import { checkClaim, ownsText, type PresentClaim, readClaim, writeClaim } from './claim.ts';
import type { Command } from './command.ts';
import { applyDefinition, type DefinitionPlan, planDefinitions, writes } from './definitions.ts';
import { eksAccess, eksLines } from './eks.ts';
import { establishIdentity, missingRights, presentAccess } from './establish.ts';
import { type FluxController, findFluxControllers, leavesShard, scaleLines } from './flux-controllers.ts';
import { type Access, rightsOf } from './identity.ts';
import { definitionRow } from './install.ts';
import { ensureNamespace, FLUX_NAMESPACE } from './namespace.ts';
import { type Person, readPerson } from './person-kubeconfig.ts';
import { type Reached, withCluster } from './reach.ts';
import { tellOfAccount } from './registered-account.ts';
import { columns, confirm, count, done, step, warn } from './say.ts';
import { lastingSops } from './sops-options.ts';
import { openState, type State } from './state.ts';
import { tellReach } from './tell-reach.ts';
import type { World } from './world.ts';

/** Parallel workers of a cluster (design: a cluster setting, 16). */
const GROUPS = 16;

/** `sluice cluster add`. */
export const command: Command = {
  takes: ['NAME'],
  about: [
    'Register a cluster under a name, or change the settings of a registered one.',
    '',
    'Connects with your kubeconfig, creates a ServiceAccount for Sluice, and keeps its token and the',
    "cluster's record in the state directory, or in the stack. Your own credentials are not kept.",
  ],
  examples: [
    'sluice cluster add prod --context prod-eu --label region=eu',
    'sluice cluster add shop --namespaces shop,shop-jobs --profile lockdown',
  ],
  flags: ADD_FLAGS,
  async run(input, world) {
    const options = addOptions(input);
    const person = options.asIs ? readAsIs(input, world) : await readPerson(input, world);
    await withCluster(person, async (reached) => {
      const { cluster, facts } = reached;
      step(world, `Kubernetes ${facts.version} at ${person.connection.server} (context ${person.context})`);
      const access = options.access ?? (await presentAccess(cluster)) ?? { everywhere: true };
      await add({ world, options, person, reached, access, state: await openState(input, world) });
    });
  },
};

interface Adding {
  readonly world: World;
  readonly options: AddOptions;
  readonly person: Person;
  readonly reached: Reached;
  readonly state: State;
  readonly access: Access;
  /** How to log in, where it is not with credentials that are kept. */
  readonly eks: ClusterRecord['eks'];
}

async function add(given: Omit<Adding, 'eks'>): Promise<void> {
  const { options, reached, state, person } = given;
  const { cluster, facts } = reached;
  const existing = await findExisting(given);
  const adding = { ...given, eks: eksAccess(options.eks, person, existing, state) };
  const wanted = options.owns ?? existing?.settings.owns ?? 'all';
  const controllers = (await findFluxControllers(cluster)).filter(
    (one) => one.replicas > 0 && !(typeof wanted === 'object' && leavesShard(one, wanted.shard)),
  );
  const owns = controllers.length > 0 ? 'none' : wanted;
  const claim = await readClaim(cluster);
  const ourClaim = { deployment: state.deployment.id, cluster: facts.uid, owns: ownsText(owns) };
  checkClaim(claim, ourClaim, options.take, options.name);
  const definitions = await planDefinitions(cluster);
  await tellReach(adding.world, state.stack, adding.person.connection);

  await agree(adding, claim, ourClaim, definitions);
  const profile = options.profile ?? existing?.settings.profile ?? (await askProfile(adding));
  await ensureNamespace(cluster);
  await writeClaim(cluster, claim, ourClaim);
  await bringDefinitions(adding, definitions);
  const config = await credentials(adding);
  const { server, ca } = person.connection;
  const record: ClusterRecord = {
    id: facts.uid,
    name: options.name,
    server,
    ...(ca && { ca }),
    labels: { ...existing?.labels, ...options.labels },
    ...(adding.eks && { eks: adding.eks }),
    settings: { owns, profile, ...lastingSettings(adding, existing) },
  };
  const before = existing && (await state.secrets.get(kubeconfigSecret(facts.uid)));
  await saveCluster(state, record, config);
  const same = before === (config && formatKubeconfig(config)) && sameRecord(existing, record);
  report(adding, record, existing ? (same ? 'unchanged' : 'updated') : 'added', controllers);
  await tellOfAccount(given.world, cluster, record.settings);
}

/** What stays as it was unless a flag says otherwise. */
function lastingSettings(
  { options, access, eks }: Adding,
  existing: ClusterRecord | undefined,
): Omit<ClusterSettings, 'owns' | 'profile'> {
  const kinds = options.customStageKinds ?? existing?.settings.customStageKinds ?? [];
  const managers = options.overrideManagers ?? existing?.settings.overrideManagers ?? [];
  const gates = options.featureGates ?? existing?.settings.featureGates ?? {};
  const insecureKubeconfigTls = options.insecureKubeconfigTls ?? existing?.settings.insecureKubeconfigTls;
  const remoteBases = options.remoteBases ?? existing?.settings.remoteBases;
  const identityRoleArn = options.identityRole ?? existing?.settings.identityRoleArn ?? '';
  const account = options.identityServiceAccount ?? existing?.settings.identityServiceAccount ?? '';
  return {
    groups: existing?.settings.groups ?? GROUPS,
    ...(!options.asIs && !eks && 'namespaces' in access && { namespaces: access.namespaces }),
    ...(kinds.length > 0 && { customStageKinds: kinds }),
    ...(managers.length > 0 && { overrideManagers: managers }),
    ...(Object.keys(gates).length > 0 && { featureGates: gates }),
    ...(insecureKubeconfigTls && { insecureKubeconfigTls }),
    ...(remoteBases && { remoteBases }),
    ...lastingSops(options.sops, existing?.settings),
    ...(identityRoleArn !== '' && { identityRoleArn }),
    ...(account !== '' && { identityServiceAccount: account }),
  };
}

/** The record of this very cluster. Fault `conflict` when the name or the cluster is registered otherwise. */
async function findExisting({
  state,
  options,
  reached,
  world,
}: Omit<Adding, 'eks'>): Promise<ClusterRecord | undefined> {
  const records = await state.clusters.list((_, fault) => warn(world, fault.message));
  const { uid } = reached.facts;
  const sameName = records.find(({ name }) => name === options.name);
  const sameCluster = records.find(({ id }) => id === uid);
  if (sameCluster && sameCluster.name !== options.name) {
    const text = `this cluster is registered already, as "${sameCluster.name}" (${uid}); use that name, or run "sluice cluster remove ${sameCluster.name}" first`;
    throw new Fault('conflict', text, { name: sameCluster.name, id: uid });
  }
  if (sameName && sameName.id !== uid) {
    const text = `the name "${options.name}" belongs to another cluster (${sameName.server}, ${sameName.id}); choose another name, or run "sluice cluster remove ${options.name}" first`;
    throw new Fault('conflict', text, { id: sameName.id });
  }
  return sameCluster;
}

/** Shows what will be created and asks, when there is anything to show. */
async function agree(
  { world, options, access, eks, reached: { cluster } }: Adding,
  claim: PresentClaim | undefined,
  ourClaim: OwnerClaim,
  definitions: readonly DefinitionPlan[],
): Promise<void> {
  const makesAccount = !options.asIs && !eks;
  const objects = !makesAccount ? [] : identityObjects(access);
  const found = await Promise.all(
    objects.map(async ({ apiVersion, kind, metadata: { name, namespace } }) =>
      cluster.get({ apiVersion, kind, name, ...(namespace && { namespace }) }),
    ),
  );
  const namespaceExists =
    (await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: FLUX_NAMESPACE })) !== undefined;
  const lines = planLines({
    namespaceExists,
    claim,
    ourClaim,
    ...(makesAccount && { access }),
    present: new Set(objects.filter((_, index) => found[index]).map(objectName)),
    definitions: options.install ? definitions : [],
  });
  if (lines.length === 0) return;
  step(world, 'in the cluster:');
  for (const line of lines) world.out(line);
  await confirm(world, 'Go on?', options.yes);
}

async function askProfile({ world, options }: Adding): Promise<Profile> {
  if (!world.interactive || options.yes) return 'flux';
  const answer = await world.ask(
    "Profile, flux (Flux's defaults) or lockdown (for tenants you do not trust) [flux]: ",
  );
  return profileOf(answer === '' ? 'flux' : answer) ?? 'flux';
}

/** Installs what is missing or too old, or says what is. */
async function bringDefinitions(
  { world, options, reached }: Adding,
  plans: readonly DefinitionPlan[],
): Promise<void> {
  const due = plans.filter(writes);
  const refused = plans.filter(({ decision }) => decision.action === 'refuse');
  for (const line of columns(refused.map((plan) => definitionRow(plan, true)))) warn(world, line);
  if (due.length === 0) return;
  if (!options.install) {
    const missing = due.filter(({ decision }) => decision.action === 'create').length;
    const old = due.filter(({ decision }) => decision.action === 'update').length;
    const lacks = [...(missing > 0 ? [`${missing} missing`] : []), ...(old > 0 ? [`${old} too old`] : [])];
    if (lacks.length > 0) {
      warn(world, `of the Flux kinds' definitions ${lacks.join(', ')}; run "sluice install"`);
    }
    return;
  }
  await Promise.all(due.map((plan) => applyDefinition(reached.cluster, plan, world.clock)));
  done(world, `${count(due.length, 'Flux kind')} installed or upgraded`);
}

/** Sluice's own identity or, with `--as-is`, the given one; checked. None for a cluster of EKS. Fault `forbidden` names what it may not do. */
async function credentials({
  world,
  options,
  access,
  person,
  reached,
  eks,
}: Adding): Promise<ParsedKubeconfig | undefined> {
  if (eks) return undefined;
  const rights = rightsOf(access);
  if (options.asIs) {
    const lacks = await missingRights(person.connection, rights, world.clock, false);
    if (lacks.length > 0)
      warn(world, `the kubeconfig's user may not ${lacks.join(', nor ')}; what it may not touch will fail`);
    return person.connection;
  }
  const token = await establishIdentity(reached.cluster, access, world.clock);
  const config = { ...person.connection, credentials: { token } };
  const lacks = await missingRights(config, rights, world.clock, true);
  if (lacks.length === 0) {
    done(world, `ServiceAccount ${FLUX_NAMESPACE}/sluice works`);
    return config;
  }
  const text = `the ServiceAccount ${FLUX_NAMESPACE}/sluice may not ${lacks.join(', nor ')}; does the cluster use RBAC?`;
  throw new Fault('forbidden', text, { lacks });
}

function report(
  { world, options, person, state }: Adding,
  record: ClusterRecord,
  result: string,
  controllers: readonly FluxController[],
): void {
  const { name, settings } = record;
  const facts = `id ${record.id}, profile ${settings.profile}, owns ${ownsText(settings.owns)}`;
  done(world, `cluster ${name} ${result} in ${state.shown} (${facts})`);
  if (settings.identityRoleArn !== undefined) {
    const id = externalIdOf(state.deployment.id, record.id);
    world.out(`${settings.identityRoleArn} must trust the function "source" with the external id ${id}.`);
  }
  for (const line of eksLines(record, state.deployment.id)) world.out(line);
  if (settings.owns !== 'none') return;
  if (controllers.length === 0) {
    if (options.owns !== 'none')
      world.out(
        `It owns none, so Sluice touches nothing; "sluice cluster add ${name} --owns all" changes that.`,
      );
    return;
  }
  const names = controllers.map((controller) => `${controller.namespace}/${controller.name}`).join(', ');
  warn(world, `Flux itself runs here (${names}), so Sluice owns none and touches nothing.`);
  world.out('To let Sluice take over:');
  for (const line of scaleLines(controllers, 0, person.kubectl)) world.out(`  ${line}`);
  world.out(
    `  sluice cluster add ${name} ${person.kubectl.replace(/^kubectl ?/, '')}${person.kubectl === 'kubectl' ? '' : ' '}--owns all`,
  );
}

function sameRecord(one: ClusterRecord | undefined, other: ClusterRecord): boolean {
  return one !== undefined && isDeepStrictEqual(one, other);
}
