import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { NODE } from '../../simulation.ts';
import { type Fields, fieldsOf, itemsOf, textOf } from '../../strategies/rules/fields.ts';
import type { News } from '../record.ts';
import { isBroken, isMissing, type Step } from './pod-life.ts';

const KUBELET = 'kubelet';
const SCHEDULER = 'default-scheduler';

/** What a scheduler and a kubelet tell of a pod when `step` is done; `why` it waits. */
export function podNews(step: Step, pod: KubernetesObject, why = ''): readonly News[] {
  const { namespace, name } = pod.metadata;
  const containers = itemsOf(fieldsOf(pod.spec)?.containers);
  switch (step.do) {
    case 'bind': {
      const message = `Successfully assigned ${namespace}/${name} to ${NODE}`;
      return [{ from: SCHEDULER, about: pod, reason: 'Scheduled', message }];
    }
    case 'wait':
      return [{ from: SCHEDULER, about: pod, reason: 'FailedScheduling', message: why, isWarning: true }];
    case 'run':
      return containers.flatMap((one) => started(pod, one));
    case 'pull':
      return containers.filter(isMissing).flatMap((one) => unpulled(pod, one, step.tries));
    case 'crash':
      return containers.flatMap((one) => crashed(pod, one, step.restarts));
    case 'remove':
      return running(pod).map((one) => ofContainer(pod, one, 'Killing', `Stopping container ${nameOf(one)}`));
    default:
      return [];
  }
}

function started(pod: KubernetesObject, container: Fields): readonly News[] {
  const image = JSON.stringify(textOf(container.image));
  return [
    ofContainer(
      pod,
      container,
      'Pulled',
      `Container image ${image} counts as pulled: no container runs here`,
    ),
    ofContainer(pod, container, 'Created', 'Container created'),
    ofContainer(pod, container, 'Started', 'Container started'),
  ];
}

function crashed(pod: KubernetesObject, container: Fields, restarts: number): readonly News[] {
  if (!isBroken(container)) return restarts === 1 ? started(pod, container) : [];
  const { namespace, name, uid } = pod.metadata;
  const message = `Back-off restarting failed container ${nameOf(container)} in pod ${name}_${namespace}(${uid})`;
  return [...started(pod, container), warning(ofContainer(pod, container, 'BackOff', message))];
}

function unpulled(pod: KubernetesObject, container: Fields, tries: number): readonly News[] {
  const image = JSON.stringify(textOf(container.image));
  const failed = (message: string) => warning(ofContainer(pod, container, 'Failed', message));
  if (tries === 1) {
    return [
      ofContainer(pod, container, 'Pulling', `Pulling image ${image}`),
      failed(`Failed to pull image ${image}: it stands for one that cannot be pulled`),
      failed('Error: ErrImagePull'),
    ];
  }
  return [
    ofContainer(pod, container, 'BackOff', `Back-off pulling image ${image}`),
    failed('Error: ImagePullBackOff'),
  ];
}

function ofContainer(about: KubernetesObject, container: Fields, reason: string, message: string): News {
  const fieldPath = `spec.containers{${nameOf(container)}}`;
  return { from: KUBELET, about, fieldPath, reason, message, host: NODE };
}

function warning(news: News): News {
  return { ...news, isWarning: true };
}

function running(pod: KubernetesObject): readonly Fields[] {
  const statuses = itemsOf(fieldsOf(pod.status)?.containerStatuses);
  return statuses.filter(({ state }) => fieldsOf(fieldsOf(state)?.running) !== undefined);
}

function nameOf({ name }: Fields): string {
  return textOf(name);
}
