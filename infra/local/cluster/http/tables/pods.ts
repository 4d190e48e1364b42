import { ageOf, NAME, nameOf, type Printer, type RowCondition, textColumns } from './columns.ts';
import { since } from './durations.ts';
import { at, conditionStatus, count, type Json, list, text } from './fields.ts';

/** Columns of pods. */
export const pods: Printer = {
  columns: [
    NAME,
    ...textColumns(
      'Ready',
      'Status',
      'Restarts',
      'Age',
      '+IP',
      '+Node',
      '+Nominated Node',
      '+Readiness Gates',
    ),
  ],
  cells(pod, now) {
    const { ready, total, reason, restarts, lastRestart } = summarise(pod);
    const ago = restarts > 0 && lastRestart !== '' ? ` (${since(lastRestart, now)} ago)` : '';
    return [
      nameOf(pod),
      `${ready}/${total}`,
      reason,
      `${restarts}${ago}`,
      ageOf(pod, now),
      text(list(pod, 'status', 'podIPs')[0], 'ip') || '<none>',
      text(pod, 'spec', 'nodeName') || '<none>',
      text(pod, 'status', 'nominatedNodeName') || '<none>',
      readinessGates(pod),
    ];
  },
  conditions(pod): readonly RowCondition[] {
    const phase = text(pod, 'status', 'phase');
    if (phase !== 'Succeeded' && phase !== 'Failed') return [];
    const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
    return [{ type: 'Completed', status: 'True', reason: phase, message }];
  },
};

interface Summary {
  ready: number;
  total: number;
  reason: string;
  restarts: number;
  /** RFC 3339; empty when nothing was restarted. */
  lastRestart: string;
}

interface Initialisation {
  readonly reason: string | undefined;
  readonly ready: number;
  /** Of all init containers, and of those that go on running. */
  readonly restarts: Restarts;
  readonly sidecars: Restarts;
}

interface Restarts {
  times: number;
  last: string;
}

function summarise(pod: Json): Summary {
  const phase = text(pod, 'status', 'phase');
  const sidecars = list(pod, 'spec', 'initContainers').filter(isSidecar);
  const gated = list(pod, 'status', 'conditions').some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  const initial = initialise(pod);
  const summary: Summary = {
    ready: initial.ready,
    total: list(pod, 'spec', 'containers').length + sidecars.length,
    reason: initial.reason ?? (gated ? 'SchedulingGated' : text(pod, 'status', 'reason') || phase),
    restarts: initial.restarts.times,
    lastRestart: initial.restarts.last,
  };
  if (initial.reason === undefined || conditionStatus(pod, 'Initialized') === 'True') {
    summary.restarts = initial.sidecars.times;
    summary.lastRestart = initial.sidecars.last;
    addContainers(pod, summary);
  }
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    if (text(pod, 'status', 'reason') === 'NodeLost') summary.reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') summary.reason = 'Terminating';
  }
  return summary;
}

function initialise(pod: Json): Initialisation {
  const specs = list(pod, 'spec', 'initContainers');
  const restarts: Restarts = { times: 0, last: '' };
  const sidecars: Restarts = { times: 0, last: '' };
  let ready = 0;
  for (const [index, status] of list(pod, 'status', 'initContainerStatuses').entries()) {
    const spec = specs.find(({ name }) => name === status.name);
    const sidecar = spec !== undefined && isSidecar(spec);
    addRestarts(restarts, status);
    if (sidecar) addRestarts(sidecars, status);
    const terminated = at(status, 'state', 'terminated');
    if (terminated !== undefined && count(terminated, 'exitCode') === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready === true) ready += 1;
      continue;
    }
    const waiting = text(status, 'state', 'waiting', 'reason');
    const why =
      terminated !== undefined
        ? endText(terminated)
        : waiting !== '' && waiting !== 'PodInitializing'
          ? waiting
          : `${index}/${specs.length}`;
    return { reason: `Init:${why}`, ready, restarts, sidecars };
  }
  return { reason: undefined, ready, restarts, sidecars };
}

function addContainers(pod: Json, summary: Summary): void {
  const restarts: Restarts = { times: summary.restarts, last: summary.lastRestart };
  let running = false;
  let failure = '';
  for (const status of [...list(pod, 'status', 'containerStatuses')].reverse()) {
    addRestarts(restarts, status);
    const waiting = text(status, 'state', 'waiting', 'reason');
    const terminated = at(status, 'state', 'terminated');
    if (waiting !== '') summary.reason = waiting;
    else if (terminated !== undefined) {
      summary.reason = endText(terminated);
      if (count(terminated, 'exitCode') !== 0) failure = summary.reason;
    } else if (status.ready === true && at(status, 'state', 'running') !== undefined) {
      running = true;
      summary.ready += 1;
    }
  }
  summary.restarts = restarts.times;
  summary.lastRestart = restarts.last;
  if (summary.reason !== 'Completed') return;
  if (running && conditionStatus(pod, 'Ready') === 'True') summary.reason = 'Running';
  else if (failure !== '') summary.reason = failure;
  else if (running) summary.reason = 'NotReady';
}

function isSidecar({ restartPolicy }: Json): boolean {
  return restartPolicy === 'Always';
}

function addRestarts(restarts: Restarts, status: Json): void {
  restarts.times += count(status, 'restartCount');
  const ended = text(status, 'lastState', 'terminated', 'finishedAt');
  if (ended > restarts.last) restarts.last = ended;
}

function endText(terminated: unknown): string {
  const reason = text(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = count(terminated, 'signal');
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${count(terminated, 'exitCode')}`;
}

function readinessGates(pod: Json): string {
  const gates = list(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const passed = gates.filter((gate) => conditionStatus(pod, text(gate, 'conditionType')) === 'True');
  return `${passed.length}/${gates.length}`;
}
