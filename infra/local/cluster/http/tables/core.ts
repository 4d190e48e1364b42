import { ageOf, column, NAME, nameOf, type Printer, textColumns } from './columns.ts';
import { since } from './durations.ts';
import { at, conditionStatus, count, type Json, list, members, text } from './fields.ts';

const ROLE_LABEL = 'node-role.kubernetes.io/';

/** Columns of Namespaces. */
export const namespaces: Printer = {
  columns: [NAME, ...textColumns('Status', 'Age')],
  cells: (object, now) => [nameOf(object), text(object, 'status', 'phase'), ageOf(object, now)],
};

/** Columns of Secrets: how many values, never which. */
export const secrets: Printer = {
  columns: [NAME, ...textColumns('Type', 'Data', 'Age')],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'type'),
    Object.keys(members(object, 'data')).length,
    ageOf(object, now),
  ],
};

/** Columns of ConfigMaps. */
export const configMaps: Printer = {
  columns: [NAME, ...textColumns('Data', 'Age')],
  cells: (object, now) => [
    nameOf(object),
    Object.keys(members(object, 'data')).length + Object.keys(members(object, 'binaryData')).length,
    ageOf(object, now),
  ],
};

/** Columns of kinds of which there is nothing else to tell. */
export const aged: Printer = {
  columns: [NAME, ...textColumns('Age')],
  cells: (object, now) => [nameOf(object), ageOf(object, now)],
};

/** Columns of Nodes. */
export const nodes: Printer = {
  columns: [
    NAME,
    ...textColumns('Status', 'Roles', 'Age', 'Version', '+Internal-IP', '+External-IP'),
    ...textColumns('+OS-Image', '+Kernel-Version', '+Container-Runtime'),
  ],
  cells(object, now) {
    const info = members(object, 'status', 'nodeInfo');
    const architecture = text(info, 'architecture');
    const kernel = text(info, 'kernelVersion') || '<unknown>';
    return [
      nameOf(object),
      nodeStatus(object),
      nodeRoles(object).join(',') || '<none>',
      ageOf(object, now),
      text(info, 'kubeletVersion'),
      address(object, 'InternalIP'),
      address(object, 'ExternalIP'),
      text(info, 'osImage') || '<unknown>',
      architecture === '' ? kernel : `${kernel} (${architecture})`,
      text(info, 'containerRuntimeVersion') || '<unknown>',
    ];
  },
};

/** Columns of Events, of the core group and of `events.k8s.io`. */
export const events: Printer = {
  columns: [
    ...textColumns('Last Seen', 'Type', 'Reason', 'Object', '+Subobject', '+Source', 'Message'),
    ...textColumns('+First Seen', '+Count'),
    { ...NAME, priority: 1 },
  ],
  cells(object, now) {
    const first = text(object, 'firstTimestamp') || text(object, 'deprecatedFirstTimestamp');
    const firstSeen = since(first || at(object, 'eventTime'), now);
    const last = text(object, 'lastTimestamp') || text(object, 'deprecatedLastTimestamp');
    const series = at(object, 'series');
    const lastSeen = series ? text(series, 'lastObservedTime') : last;
    const about = members(object, object.involvedObject === undefined ? 'regarding' : 'involvedObject');
    return [
      lastSeen === '' && !series ? firstSeen : since(lastSeen, now),
      text(object, 'type'),
      text(object, 'reason'),
      [text(about, 'kind').toLowerCase(), ...(about.name ? [about.name] : [])].join('/'),
      text(about, 'fieldPath'),
      eventSource(object),
      (text(object, 'message') || text(object, 'note')).trim(),
      firstSeen,
      series ? count(series, 'count') : count(object, 'count') || count(object, 'deprecatedCount') || 1,
      nameOf(object),
    ];
  },
};

/** Columns of ResourceQuotas. */
export const resourceQuotas: Printer = {
  columns: [NAME, ...textColumns('Request', 'Limit', 'Age')],
  cells(object, now) {
    const used = members(object, 'status', 'used');
    const uses = Object.entries(members(object, 'status', 'hard'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, hard]) => ({ name, told: `${name}: ${used[name] ?? '0'}/${hard}` }));
    const isLimit = ({ name }: { name: string }) => name.startsWith('limits.');
    const requests = uses.filter((use) => !isLimit(use));
    const told = (some: typeof uses) => some.map((use) => use.told).join(', ');
    return [nameOf(object), told(requests), told(uses.filter(isLimit)), ageOf(object, now)];
  },
};

/** Columns of PriorityClasses. */
export const priorityClasses: Printer = {
  columns: [
    NAME,
    column('Value', 'integer'),
    column('Global-Default', 'boolean'),
    ...textColumns('Age', 'PreemptionPolicy'),
  ],
  cells: (object, now) => [
    nameOf(object),
    count(object, 'value'),
    object.globalDefault === true,
    ageOf(object, now),
    text(object, 'preemptionPolicy'),
  ],
};

/** Columns of Leases. */
export const leases: Printer = {
  columns: [NAME, ...textColumns('Holder', 'Age')],
  cells: (object, now) => [nameOf(object), text(object, 'spec', 'holderIdentity'), ageOf(object, now)],
};

/** Columns of RuntimeClasses. */
export const runtimeClasses: Printer = {
  columns: [NAME, ...textColumns('Handler', 'Age')],
  cells: (object, now) => [nameOf(object), text(object, 'handler'), ageOf(object, now)],
};

function nodeStatus(node: Json): string {
  const ready = conditionStatus(node, 'Ready');
  const status = ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(node: Json): readonly string[] {
  const roles = Object.entries(members(node, 'metadata', 'labels')).map(([label, value]) =>
    label.startsWith(ROLE_LABEL)
      ? label.slice(ROLE_LABEL.length)
      : label === 'kubernetes.io/role'
        ? String(value)
        : '',
  );
  return [...new Set(roles.filter((role) => role !== ''))].sort();
}

function address(node: Json, type: string): string {
  const found = list(node, 'status', 'addresses').find((one) => one.type === type);
  return text(found, 'address') || '<none>';
}

function eventSource(event: Json): string {
  const source = members(event, event.source === undefined ? 'deprecatedSource' : 'source');
  const component =
    text(source, 'component') || text(event, 'reportingComponent') || text(event, 'reportingController');
  const host = text(source, 'host') || text(event, 'reportingInstance');
  return host === '' ? component : `${component}, ${host}`;
}
