import { Fault } from '../../shared/core/failures.ts';
import type { Cluster } from '../../shared/ports.ts';
import { type Command, KUBECONFIG_FLAGS } from './command.ts';
import { applyDefinition, type DefinitionPlan, planDefinitions } from './definitions.ts';
import { ensureNamespace, FLUX_NAMESPACE } from './namespace.ts';
import { readPerson } from './person-kubeconfig.ts';
import { withCluster } from './reach.ts';
import { columns, done, step } from './say.ts';
import type { World } from './world.ts';

/** `sluice install`. */
export const command: Command = {
  takes: [],
  about: [
    "Create the Flux kinds' definitions that a cluster lacks, and upgrade those that are too old.",
    'Newer ones are left alone; no version that is served or stored is ever dropped.',
  ],
  examples: ['sluice install --dry-run', 'sluice install --context staging'],
  flags: {
    ...KUBECONFIG_FLAGS,
    'dry-run': { type: 'boolean', help: 'say what would be done, and do nothing' },
  },
  async run(input, world) {
    const dryRun = input.on('dry-run');
    const person = await readPerson(input, world);
    await withCluster(person, async ({ cluster, facts }) => {
      step(world, `Kubernetes ${facts.version} at ${person.connection.server} (context ${person.context})`);
      const made = await ensureNamespace(cluster, dryRun);
      const namespace = [`namespace/${FLUX_NAMESPACE}`, made ? suffixed('created', dryRun) : 'unchanged'];
      await installDefinitions(cluster, world, dryRun, namespace);
    });
  },
};

/** Brings every definition up to date, a line each. Fault `conflict` when some must be left to a person. */
async function installDefinitions(
  cluster: Cluster,
  world: World,
  dryRun: boolean,
  first: readonly string[],
): Promise<void> {
  const plans = await planDefinitions(cluster);
  const results = dryRun
    ? plans
    : await Promise.all(plans.map((plan) => applyDefinition(cluster, plan, world.clock)));
  for (const line of columns([first, ...results.map((plan) => definitionRow(plan, dryRun))])) world.out(line);
  const refused = results.filter(({ decision }) => decision.action === 'refuse');
  if (refused.length > 0) {
    const names = refused.map(({ name }) => name).join(', ');
    throw new Fault('conflict', `not touched, as written above: ${names}`, { names });
  }
  if (!dryRun) done(world, 'the Flux kinds are served');
}

/** One definition as a line: what, what became of it, why. */
export function definitionRow({ name, decision }: DefinitionPlan, dryRun: boolean): readonly string[] {
  const row = (result: string, why = '') => [`crd/${name}`, result, why];
  switch (decision.action) {
    case 'create':
      return row(suffixed('created', dryRun));
    case 'update':
      return row(suffixed('updated', dryRun), `too old, lacked ${some(decision.lacked)}`);
    case 'label':
      return row(suffixed('updated', dryRun), 'lacked the label app.kubernetes.io/part-of: flux');
    case 'newer':
      return row('newer, left alone', `has ${some(decision.has)}`);
    case 'unchanged':
      return row('unchanged');
    case 'refuse':
      return row('refused', decision.why);
  }
}

/** Ours: how many fields a line names. */
const NAMED = 4;

function some(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function suffixed(result: string, dryRun: boolean): string {
  return dryRun ? `${result} (dry run)` : result;
}
