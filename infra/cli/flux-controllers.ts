import { CONTROLLERS, LABEL, PART_OF_FLUX } from '../../shared/api/vocabulary.ts';
import { isFault } from '../../shared/core/failures.ts';
import type { Cluster } from '../../shared/ports.ts';
import { FLUX_NAMESPACE } from './namespace.ts';

/** One of Flux's own Deployments. */
export interface FluxController {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Its `--watch-label-selector`; absent: it reconciles everything. */
  readonly selector?: string;
}

/** Flux's Deployments in `flux-system` and in every namespace labelled as part of Flux, scaled down or not. */
export async function findFluxControllers(cluster: Cluster): Promise<readonly FluxController[]> {
  const labelSelector = `${LABEL.partOf}=${PART_OF_FLUX}`;
  const labelled = await cluster.listMetadata({ apiVersion: 'v1', kind: 'Namespace' }, { labelSelector });
  const namespaces = new Set([FLUX_NAMESPACE, ...labelled.items.map(({ metadata }) => metadata.name)]);
  const found = await Promise.all([...namespaces].map((namespace) => deploymentsIn(cluster, namespace)));
  return found.flat();
}

async function deploymentsIn(cluster: Cluster, namespace: string): Promise<readonly FluxController[]> {
  try {
    const { items } = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace });
    return items
      .filter(({ metadata: { name } }) =>
        CONTROLLERS.some((known) => name === known || name.startsWith(`${known}-`)),
      )
      .map((item) => ({
        namespace,
        name: item.metadata.name,
        replicas: (item as Partial<Deployment>).spec?.replicas ?? 1,
        ...selectorOf(item as Partial<Deployment>),
      }));
  } catch (error) {
    if (isFault(error, 'not-found')) return [];
    throw error;
  }
}

interface Deployment {
  readonly spec: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly args?: readonly string[] }[] };
    };
  };
}

function selectorOf({ spec }: Partial<Deployment>): { readonly selector?: string } {
  const args = (spec?.template?.spec?.containers ?? []).flatMap((container) => container.args ?? []);
  const found = args.findLast((arg) => arg.startsWith(SELECTOR_FLAG));
  return found === undefined ? {} : { selector: found.slice(SELECTOR_FLAG.length) };
}

const SELECTOR_FLAG = '--watch-label-selector=';

/** Whether a controller leaves the objects of the shard `key` alone, as far as its selector plainly says so. */
export function leavesShard({ selector = '' }: Pick<FluxController, 'selector'>, key: string): boolean {
  const terms = selector.split(/,(?![^(]*\))/).map((term) => term.trim());
  return terms.some((term) => {
    if (term === `!${LABEL.shard}`) return true;
    const [, label, operator, value = ''] =
      /^(\S+?)\s*(!=|==|=|\bnotin\b)\s*\(?([^()]*)\)?$/.exec(term) ?? [];
    if (label !== LABEL.shard) return false;
    const values = value.split(',').map((one) => one.trim());
    return operator === '!=' || operator === 'notin' ? values.includes(key) : !values.includes(key);
  });
}

/** The kubectl lines that scale these Deployments, one a namespace. */
export function scaleLines(
  controllers: readonly FluxController[],
  replicas: number,
  kubectl: string,
): readonly string[] {
  const namespaces = [...new Set(controllers.map(({ namespace }) => namespace))];
  return namespaces.map((namespace) => {
    const names = controllers
      .filter((controller) => controller.namespace === namespace)
      .map(({ name }) => name);
    return `${kubectl} -n ${namespace} scale deployment ${names.join(' ')} --replicas=${replicas}`;
  });
}
