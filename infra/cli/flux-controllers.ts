import { CONTROLLERS, LABEL, PART_OF_FLUX } from '../../shared/api/vocabulary.ts';
import { isFault } from '../../shared/core/failures.ts';
import type { Cluster } from '../../shared/ports.ts';
import { FLUX_NAMESPACE } from './namespace.ts';

/** One of Flux's own Deployments. */
export interface FluxController {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
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
        replicas: (item as { spec?: { replicas?: number } }).spec?.replicas ?? 1,
      }));
  } catch (error) {
    if (isFault(error, 'not-found')) return [];
    throw error;
  }
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
