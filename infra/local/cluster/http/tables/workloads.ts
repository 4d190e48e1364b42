import {
  ageOf,
  booleanText,
  column,
  containerCells,
  NAME,
  nameOf,
  type Printer,
  textColumns,
} from './columns.ts';
import { humanDuration, since } from './durations.ts';
import { at, conditionStatus, count, type Json, list, text } from './fields.ts';
import { bareSelectorText, labelsText, selectorText } from './selectors.ts';

const TEMPLATE = ['spec', 'template', 'spec'] as const;

/** Columns of Deployments. */
export const deployments: Printer = {
  columns: [
    NAME,
    ...textColumns('Ready', 'Up-to-date', 'Available', 'Age', '+Containers', '+Images', '+Selector'),
  ],
  cells: (object, now) => [
    nameOf(object),
    `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
    count(object, 'status', 'updatedReplicas'),
    count(object, 'status', 'availableReplicas'),
    ageOf(object, now),
    ...containerCells(at(object, ...TEMPLATE)),
    bareSelectorText(at(object, 'spec', 'selector')),
  ],
};

/** Columns of ReplicaSets. */
export const replicaSets: Printer = replicated((object) => selectorText(at(object, 'spec', 'selector')));

/** Columns of ReplicationControllers. */
export const replicationControllers: Printer = replicated((object) =>
  labelsText(at(object, 'spec', 'selector')),
);

/** Columns of StatefulSets. */
export const statefulSets: Printer = {
  columns: [NAME, ...textColumns('Ready', 'Age', '+Containers', '+Images')],
  cells: (object, now) => [
    nameOf(object),
    `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
    ageOf(object, now),
    ...containerCells(at(object, ...TEMPLATE)),
  ],
};

/** Columns of DaemonSets. */
export const daemonSets: Printer = {
  columns: [
    NAME,
    ...['Desired', 'Current', 'Ready', 'Up-to-date', 'Available'].map((name) => column(name, 'integer')),
    ...textColumns('Node Selector', 'Age', '+Containers', '+Images', '+Selector'),
  ],
  cells: (object, now) => [
    nameOf(object),
    count(object, 'status', 'desiredNumberScheduled'),
    count(object, 'status', 'currentNumberScheduled'),
    count(object, 'status', 'numberReady'),
    count(object, 'status', 'updatedNumberScheduled'),
    count(object, 'status', 'numberAvailable'),
    labelsText(at(object, ...TEMPLATE, 'nodeSelector')),
    ageOf(object, now),
    ...containerCells(at(object, ...TEMPLATE)),
    selectorText(at(object, 'spec', 'selector')),
  ],
};

/** Columns of Jobs. */
export const jobs: Printer = {
  columns: [
    NAME,
    ...textColumns('Status', 'Completions', 'Duration', 'Age', '+Containers', '+Images', '+Selector'),
  ],
  cells: (object, now) => [
    nameOf(object),
    jobStatus(object),
    completions(object),
    jobDuration(object, now),
    ageOf(object, now),
    ...containerCells(at(object, ...TEMPLATE)),
    selectorText(at(object, 'spec', 'selector')),
  ],
};

/** Columns of CronJobs. */
export const cronJobs: Printer = {
  columns: [
    NAME,
    ...textColumns('Schedule', 'Timezone'),
    column('Suspend', 'boolean'),
    column('Active', 'integer'),
    ...textColumns('Last Schedule', 'Age', '+Containers', '+Images', '+Selector'),
  ],
  cells(object, now) {
    const last = at(object, 'status', 'lastScheduleTime');
    const job = at(object, 'spec', 'jobTemplate', 'spec');
    return [
      nameOf(object),
      text(object, 'spec', 'schedule'),
      at(object, 'spec', 'timeZone') ?? '<none>',
      booleanText(at(object, 'spec', 'suspend')),
      list(object, 'status', 'active').length,
      last === undefined ? '<none>' : since(last, now),
      ageOf(object, now),
      ...containerCells(at(job, 'template', 'spec')),
      selectorText(at(job, 'selector')),
    ];
  },
};

/** Columns of ControllerRevisions. */
export const controllerRevisions: Printer = {
  columns: [NAME, ...textColumns('Controller', 'Revision', 'Age')],
  cells(object, now) {
    const owner = list(object, 'metadata', 'ownerReferences').find(({ controller }) => controller === true);
    const group = /^(.*)\//.exec(text(owner, 'apiVersion'))?.[1];
    const kind = [text(owner, 'kind'), ...(group ? [group] : [])].join('.').toLowerCase();
    const controller = owner ? `${kind}/${text(owner, 'name')}` : '<none>';
    return [nameOf(object), controller, count(object, 'revision'), ageOf(object, now)];
  },
};

/** Columns of PodTemplates. */
export const podTemplates: Printer = {
  columns: [NAME, ...textColumns('Containers', 'Images', 'Pod Labels')],
  cells: (object) => [
    nameOf(object),
    ...containerCells(at(object, 'template', 'spec')),
    labelsText(at(object, 'template', 'metadata', 'labels')),
  ],
};

/** Columns of Scale, which is a subresource of several kinds. */
export const scales: Printer = {
  columns: [
    ...textColumns('Name'),
    column('Desired', 'integer'),
    column('Available', 'integer'),
    ...textColumns('Age'),
  ],
  cells: (object, now) => [
    nameOf(object),
    count(object, 'spec', 'replicas'),
    count(object, 'status', 'replicas'),
    ageOf(object, now),
  ],
};

function replicated(selectorOf: (object: Json) => string): Printer {
  return {
    columns: [
      NAME,
      ...['Desired', 'Current', 'Ready'].map((name) => column(name, 'integer')),
      ...textColumns('Age', '+Containers', '+Images', '+Selector'),
    ],
    cells: (object, now) => [
      nameOf(object),
      count(object, 'spec', 'replicas'),
      count(object, 'status', 'replicas'),
      count(object, 'status', 'readyReplicas'),
      ageOf(object, now),
      ...containerCells(at(object, ...TEMPLATE)),
      selectorOf(object),
    ],
  };
}

function jobStatus(job: Json): string {
  const holds = (type: string) => conditionStatus(job, type) === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (at(job, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  return holds('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions(job: Json): string {
  const succeeded = count(job, 'status', 'succeeded');
  const wanted = at(job, 'spec', 'completions');
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  const parallelism = count(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: Json, now: Date): string {
  const started = text(job, 'status', 'startTime');
  if (started === '') return '';
  const completed = text(job, 'status', 'completionTime');
  const end = completed === '' ? now.getTime() : Date.parse(completed);
  return humanDuration(end - Date.parse(started));
}
