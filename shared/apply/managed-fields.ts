import type { KubernetesObject, ManagedFieldsEntry, ObjectMetadata } from '../core/kubernetes-object.ts';
import { uniteFields } from './field-set.ts';
import { isMerged } from './switches.ts';

/** One RFC 6902 operation. */
export interface JsonOperation {
  readonly op: 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/** Whose fields become ours; `manager` is a prefix. */
export interface TakenManager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
}

type Managed = { readonly metadata: Pick<ObjectMetadata, 'labels' | 'annotations' | 'managedFields'> };

// kustomize-controller: kubectl's annotation, and what Flux's own older versions left behind.
const CLEANED_ANNOTATIONS = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kustomize.toolkit.fluxcd.io/checksum',
  'fluxcd.io/sync-checksum',
];
const CLEANED_LABELS = ['fluxcd.io/sync-gc-mark'];

/** The managers Flux takes over: kubectl in both ways, the server's own for older objects, ours before server-side apply, and `more`. */
export function takenManagers(fieldManager: string, more: readonly string[] = []): readonly TakenManager[] {
  return [
    { manager: 'kubectl', operation: 'Apply' },
    { manager: 'kubectl', operation: 'Update' },
    { manager: 'before-first-apply', operation: 'Update' },
    { manager: fieldManager, operation: 'Update' },
    ...more.flatMap((manager): TakenManager[] => [
      { manager, operation: 'Apply' },
      { manager, operation: 'Update' },
    ]),
  ];
}

/** What to patch on the live object before it is applied: stale metadata removed, others' fields made ours. Empty when nothing, or when `ssa: Merge` forbids it. */
export function cleanupOperations(
  live: Managed,
  desired: Pick<KubernetesObject, 'metadata'> | undefined,
  fieldManager: string,
  taken: readonly TakenManager[],
): readonly JsonOperation[] {
  if (isMerged(live) || (desired && isMerged(desired))) return [];
  return [
    ...removals('annotations', live.metadata.annotations, CLEANED_ANNOTATIONS),
    ...removals('labels', live.metadata.labels, CLEANED_LABELS),
    ...takeover(live.metadata.managedFields ?? [], fieldManager, taken),
  ];
}

/** What rewrites every entry, whoever's it is, to the version that is applied (KS-73); empty when all are of it. */
export function migrationOperations(live: Managed, apiVersion: string): readonly JsonOperation[] {
  const { managedFields = [] } = live.metadata;
  if (managedFields.every((entry) => entry.apiVersion === apiVersion)) return [];
  const value = managedFields.map((entry) => ({ ...entry, apiVersion }));
  return [{ op: 'replace', path: '/metadata/managedFields', value }];
}

function removals(
  field: 'labels' | 'annotations',
  present: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): readonly JsonOperation[] {
  return keys
    .filter((key) => present && key in present)
    .map((key) => ({ op: 'remove', path: `/metadata/${field}/${key.replaceAll('/', '~1')}` }));
}

function takeover(
  entries: readonly ManagedFieldsEntry[],
  fieldManager: string,
  taken: readonly TakenManager[],
): readonly JsonOperation[] {
  const isTaken = (entry: ManagedFieldsEntry) =>
    !entry.subresource &&
    taken.some((each) => entry.operation === each.operation && entry.manager?.startsWith(each.manager));
  const ours = entries.findLast(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource,
  );
  const others = entries.filter((entry) => entry !== ours && isTaken(entry));
  const [first, ...rest] = others;
  if (!first) return [];

  const start = ours ?? { ...first, manager: fieldManager, operation: 'Apply' as const };
  const united = (ours ? others : rest).reduce(withFieldsOf, start);
  const kept = entries.filter((entry) => entry !== ours && !others.includes(entry));
  return [{ op: 'replace', path: '/metadata/managedFields', value: [...kept, united] }];
}

function withFieldsOf(entry: ManagedFieldsEntry, other: ManagedFieldsEntry): ManagedFieldsEntry {
  if (!other.fieldsV1) return entry;
  return {
    ...entry,
    fieldsV1: entry.fieldsV1 ? uniteFields(entry.fieldsV1, other.fieldsV1) : other.fieldsV1,
  };
}
