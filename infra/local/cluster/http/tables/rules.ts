import { ageOf, column, NAME, nameOf, type Printer, textColumns } from './columns.ts';
import { humanDuration } from './durations.ts';
import { at, count, type Json, list, members, text } from './fields.ts';

/** How many metrics of an autoscaler are shown before the rest is only counted. */
const SHOWN_METRICS = 2;

/** Columns of RoleBindings and ClusterRoleBindings. */
export const bindings: Printer = {
  columns: [NAME, ...textColumns('Role', 'Age', '+Users', '+Groups', '+ServiceAccounts')],
  cells(object, now) {
    const named = (kind: string, say = (subject: Json) => text(subject, 'name')) =>
      list(object, 'subjects')
        .filter((subject) => subject.kind === kind)
        .map(say)
        .join(', ');
    return [
      nameOf(object),
      `${text(object, 'roleRef', 'kind')}/${text(object, 'roleRef', 'name')}`,
      ageOf(object, now),
      named('User'),
      named('Group'),
      named('ServiceAccount', (subject) => `${text(subject, 'namespace')}/${text(subject, 'name')}`),
    ];
  },
};

/** Columns of PodDisruptionBudgets. */
export const podDisruptionBudgets: Printer = {
  columns: [
    NAME,
    ...textColumns('Min Available', 'Max Unavailable'),
    column('Allowed Disruptions', 'integer'),
    ...textColumns('Age'),
  ],
  cells: (object, now) => [
    nameOf(object),
    String(at(object, 'spec', 'minAvailable') ?? 'N/A'),
    String(at(object, 'spec', 'maxUnavailable') ?? 'N/A'),
    count(object, 'status', 'disruptionsAllowed'),
    ageOf(object, now),
  ],
};

/** Columns of HorizontalPodAutoscalers. */
export const horizontalPodAutoscalers: Printer = {
  columns: [NAME, ...textColumns('Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age')],
  cells: (object, now) => [
    nameOf(object),
    `${text(object, 'spec', 'scaleTargetRef', 'kind')}/${text(object, 'spec', 'scaleTargetRef', 'name')}`,
    targets(object),
    String(at(object, 'spec', 'minReplicas') ?? '<unset>'),
    count(object, 'spec', 'maxReplicas'),
    count(object, 'status', 'currentReplicas'),
    ageOf(object, now),
  ],
};

/** Columns of CertificateSigningRequests. */
export const certificateSigningRequests: Printer = {
  columns: [NAME, ...textColumns('Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition')],
  cells(object, now) {
    const seconds = at(object, 'spec', 'expirationSeconds');
    return [
      nameOf(object),
      ageOf(object, now),
      text(object, 'spec', 'signerName') || '<none>',
      text(object, 'spec', 'username'),
      typeof seconds === 'number' ? humanDuration(seconds * 1_000) : '<none>',
      signingState(object),
    ];
  },
};

function signingState(request: Json): string {
  const types = list(request, 'status', 'conditions').map((condition) => text(condition, 'type'));
  const states = types.includes('Denied')
    ? ['Denied']
    : types.includes('Approved')
      ? ['Approved']
      : ['Pending'];
  if (types.includes('Failed')) states.push('Failed');
  if (text(request, 'status', 'certificate') !== '') states.push('Issued');
  return states.join(',');
}

// Version 1 has one metric, under a name of its own.
function targets(object: Json): string {
  const percent = at(object, 'spec', 'targetCPUUtilizationPercentage');
  const used = at(object, 'status', 'currentCPUUtilizationPercentage');
  if (percent !== undefined) return `cpu: ${used === undefined ? '<unknown>' : `${used}%`}/${percent}%`;
  return metrics(list(object, 'spec', 'metrics'), list(object, 'status', 'currentMetrics'));
}

function metrics(specs: readonly Json[], statuses: readonly Json[]): string {
  if (specs.length === 0) return '<none>';
  const shown = specs.slice(0, SHOWN_METRICS).map((spec, index) => metric(spec, statuses[index]));
  const told = shown.join(', ');
  return specs.length > SHOWN_METRICS ? `${told} + ${specs.length - SHOWN_METRICS} more...` : told;
}

function metric(spec: Json, status: Json | undefined): string {
  const type = text(spec, 'type');
  const source = type.charAt(0).toLowerCase() + type.slice(1);
  const target = members(spec, source, 'target');
  const current = members(status, source, 'current');
  const shown = (value: unknown) => (value === undefined ? '<unknown>' : String(value));
  switch (type) {
    case 'External':
    case 'Object':
      return target.averageValue === undefined
        ? `${shown(current.value)}/${target.value ?? '<nil>'}`
        : `${shown(current.averageValue)}/${target.averageValue} (avg)`;
    case 'Pods':
      return `${shown(current.averageValue)}/${target.averageValue ?? '<nil>'}`;
    case 'Resource':
    case 'ContainerResource': {
      const name = text(spec, source, 'name');
      if (target.averageValue !== undefined) {
        return `${name}: ${shown(current.averageValue)}/${target.averageValue}`;
      }
      const percent = (value: unknown, none: string) => (value === undefined ? none : `${value}%`);
      const used = percent(current.averageUtilization, '<unknown>');
      return `${name}: ${used}/${percent(target.averageUtilization, '<auto>')}`;
    }
    default:
      return '<unknown type>';
  }
}
