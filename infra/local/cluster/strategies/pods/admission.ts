import { ApiError } from '../../api-error.ts';
import type { StrategyWorld } from '../../strategy.ts';
import { SYSTEM_PRIORITIES } from '../others/scheduling.ts';
import { type Fields, fallback, fieldsOf, itemsOf, numberOf, textOf } from '../rules/fields.ts';
import { askedName } from '../rules/names.ts';

const TOLERATION_SECONDS = 300;
const UNHEALTHY = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** What the API server's standard admission sets on a new pod: account, priority, tolerations. Throws 403 where it would. */
export function admitPod(object: Fields, world: StrategyWorld): void {
  const spec = fieldsOf(object.spec) ?? {};
  const metadata = fieldsOf(object.metadata) ?? {};
  const refuse = (why: string) => {
    const name = askedName(metadata);
    const message = `pods ${JSON.stringify(name)} is forbidden: ${why}`;
    return new ApiError(403, 'Forbidden', message, { name, kind: 'pods' });
  };
  const account = textOf(spec.serviceAccountName) || 'default';
  const namespace = textOf(metadata.namespace);
  const found = world.store.get('/serviceaccounts', namespace, account);
  if (!found) {
    const where = `error looking up service account ${namespace}/${account}`;
    throw refuse(`${where}: serviceaccount ${JSON.stringify(account)} not found`);
  }
  Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  setPriority(spec, world, refuse);
  const tolerations = itemsOf(spec.tolerations);
  for (const key of UNHEALTHY) {
    const isTolerated = tolerations.some(
      (one) =>
        (one.key === key || one.key === undefined) &&
        (one.effect === 'NoExecute' || one.effect === undefined),
    );
    if (isTolerated) continue;
    tolerations.push({
      ...{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS },
    });
  }
  spec.tolerations = tolerations;
}

function setPriority(spec: Fields, { store }: StrategyWorld, refuse: (why: string) => ApiError): void {
  const name = textOf(spec.priorityClassName);
  if (name === '') {
    fallback(spec, 'priority', 0);
    fallback(spec, 'preemptionPolicy', 'PreemptLowerPriority');
    return;
  }
  const entry = store.get('scheduling.k8s.io/priorityclasses', '', name);
  const content = fieldsOf(entry && JSON.parse(`{${entry.rest}}`));
  const priority = SYSTEM_PRIORITIES[name] ?? content?.value ?? (entry && 0);
  if (priority === undefined) throw refuse(`no PriorityClass with name ${name} was found`);
  spec.priority = numberOf(priority);
  fallback(spec, 'preemptionPolicy', content?.preemptionPolicy ?? 'PreemptLowerPriority');
}
