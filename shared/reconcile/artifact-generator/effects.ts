import type {
  ArtifactGenerator,
  ArtifactGeneratorSpec,
  ArtifactGeneratorStatus,
} from '../../api/artifact-generator.ts';
import { API_VERSION, FIELD_MANAGER, GENERATOR_FINALIZER } from '../../api/vocabulary.ts';
import type { Reconciled, Reconciler, Removal, Scope } from '../reconciler.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, type Plan, type Seen } from './decide.ts';
import { INTERVAL } from './disabled.ts';
import { listExternals, removeExternals } from './externals.ts';
import { generate } from './generate.ts';
import { observe } from './observe.ts';
import { wakeUsers } from './wake.ts';

type Object = Reconciled<ArtifactGeneratorSpec, ArtifactGeneratorStatus> & ArtifactGenerator;

/** ArtifactGenerator: parts of sources' artifacts become artifacts of their own. */
export const artifactGenerator: Reconciler<
  ArtifactGeneratorSpec,
  ArtifactGeneratorStatus,
  Seen,
  Plan,
  Report
> = {
  apiVersion: API_VERSION.sourceExtensions,
  kind: 'ArtifactGenerator',
  manager: { status: FIELD_MANAGER.sourceWatcher, component: FIELD_MANAGER.sourceWatcher },
  finalizer: GENERATOR_FINALIZER,
  intervalOf: () => INTERVAL,
  observe: (object, scope) => observe(object as Object, scope),
  decide: (object, seen) => decide(object as Object, seen),
  act: async (object, plan, seen, scope, progress) =>
    plan.do === 'generate' ? generate(object as Object, seen, scope, progress) : { kind: 'nothing' },
  conclude: (object, plan, seen, report, hops) => conclude(object as Object, plan, seen, report, hops),
  remove: (object, scope) => remove(object as Object, scope),
  fanOut: (object, before, scope) => wakeUsers(object as Object, before as Object, scope),
};

/** What was made goes first; also what a run made that was never told in the inventory (AG-04). */
async function remove(object: ArtifactGenerator, scope: Scope): Promise<Removal> {
  const made = (await listExternals(object, scope)).map(({ metadata }) => metadata);
  await removeExternals(object, [...(object.status?.inventory ?? []), ...made], scope);
  return { finished: true, events: [], next: { after: 'nothing' } };
}
