import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import type { ResourceType } from '../../model.ts';

/** The fields by which objects of one kind may be selected, besides their name. */
interface SelectableFields {
  readonly readers: Readonly<Record<string, (object: KubernetesObject) => string>>;
  /** Whether `metadata.namespace` may be asked for. */
  readonly hasNamespace: boolean;
  /** How the server refuses any other field. */
  refuses(field: string): string;
}

type Readers = SelectableFields['readers'];

/** As the conversion functions of the API server's groups allow them. */
const FIELDS: Readonly<Record<string, Readers>> = {
  '/pods': {
    ...read('spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'),
    'spec.host': (object) => textAt(object, 'spec.nodeName'),
    'spec.hostNetwork': (object) => textAt(object, 'spec.hostNetwork') || 'false',
    ...read('status.phase', 'status.podIP', 'status.nominatedNodeName'),
    'status.podIPs': (object) => textAt(object, 'status.podIP'),
  },
  '/nodes': { 'spec.unschedulable': (object) => textAt(object, 'spec.unschedulable') || 'false' },
  '/namespaces': { ...read('status.phase'), name: (object) => object.metadata.name },
  '/secrets': read('type'),
  '/services': read('spec.clusterIP', 'spec.type'),
  '/replicationcontrollers': { 'status.replicas': (object) => textAt(object, 'status.replicas') || '0' },
  'batch/jobs': { 'status.successful': (object) => textAt(object, 'status.succeeded') || '0' },
  'certificates.k8s.io/certificatesigningrequests': read('spec.signerName'),
  '/events': {
    ...of('involvedObject', 'involvedObject'),
    ...read('reason', 'type'),
    reportingComponent: (object) => textAt(object, 'reportingComponent'),
    source: (object) => textAt(object, 'source.component') || textAt(object, 'reportingComponent'),
  },
  'events.k8s.io/events': {
    ...of('regarding', 'regarding'),
    ...read('reason', 'type', 'reportingController'),
  },
};

/** Kinds whose refusal names the kind; the others of `FIELDS` say `field label not supported`. */
const NAMED_REFUSAL: ReadonlySet<string> = new Set(['batch/jobs']);

const WITHOUT_NAMESPACE: ReadonlySet<string> = new Set(['/nodes', '/namespaces']);

/** What may be selected of objects of `type`. */
export function selectableFields(type: ResourceType): SelectableFields {
  if (type.custom) return ofCustom(type.custom.selectableFields);
  const id = `${type.group}/${type.plural}`;
  const readers = FIELDS[id];
  if (!readers) return { readers: {}, hasNamespace: true, refuses: unknownField([]) };
  return {
    readers,
    hasNamespace: !WITHOUT_NAMESPACE.has(id),
    refuses: (field) =>
      NAMED_REFUSAL.has(id)
        ? `field label "${field}" not supported for ${type.kind}`
        : `field label not supported: ${field}`,
  };
}

function ofCustom(paths: readonly string[]): SelectableFields {
  // A CRD writes them as `.spec.color`.
  const names = paths.map((path) => path.replace(/^\./, ''));
  return { readers: read(...names), hasNamespace: true, refuses: customRefusal };
}

function customRefusal(field: string): string {
  return `field label not supported: ${field}`;
}

function unknownField(more: readonly string[]): (field: string) => string {
  const list = ['metadata.name', 'metadata.namespace', ...more].map((name) => `"${name}"`).join(', ');
  return (field) => `"${field}" is not a known field selector: only ${list}`;
}

function read(...paths: readonly string[]): Readers {
  return Object.fromEntries(paths.map((path) => [path, (object: KubernetesObject) => textAt(object, path)]));
}

/** The members of an ObjectReference. */
function of(name: string, member: string): Readers {
  const fields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  const entries = fields.map((field) => [
    `${name}.${field}`,
    (object: KubernetesObject) => textAt(object, `${member}.${field}`),
  ]);
  return Object.fromEntries(entries);
}

function textAt(object: unknown, path: string): string {
  let value = object;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}
