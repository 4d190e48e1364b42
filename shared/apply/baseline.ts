import type { KubernetesObject, ObjectMetadata, ObjectReference } from '../core/kubernetes-object.ts';
import { referenceOf, versionOf } from '../core/kubernetes-object.ts';
import { contentHash, entryHash, metadataHash, valueHash } from './fingerprint.ts';
import { type InventoryEntry, inventoryId, referenceOfEntry } from './inventory.ts';

/** Why an object was left alone: its manifest says so, the live object says so, or it is create-only and there. */
export type SkipCause = 'manifest' | 'live' | 'present';

/** What one server answer told about one object, small enough to keep for thousands. */
export interface BaselineEntry {
  readonly id: string;
  readonly version: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  /** H, M, V, S of fingerprint.ts, all of the same answer. */
  readonly entry: string;
  readonly metadata: string;
  readonly values: string;
  readonly content: string;
  /** D: the manifest this state was proven equal to. */
  readonly manifest: string;
  readonly skipped?: SkipCause;
}

/** What the whole baseline was recorded under; where it differs, its entries prove nothing. */
export interface BaselineHeader {
  /** Digest of the rendered set. */
  readonly rendered: string;
  /** uid of the Kustomization or HelmRelease. */
  readonly owner: string;
  readonly inputDigest: string;
  readonly revision: string;
  /** uid of `kube-system`. */
  readonly cluster: string;
  readonly serverVersion: string;
  /** `uid:generation` of each CRD in use, by the CRD's name. */
  readonly definitions: Readonly<Record<string, string>>;
  /** Ids of Jobs that the cluster deletes when they are done: their absence is health, not a failure. */
  readonly vanishing?: readonly string[];
  /** What a run was about to apply for the first time, and may or may not have. */
  readonly pending?: readonly InventoryEntry[];
  /** What was fetched besides the source, to be looked at again. */
  readonly remotes?: readonly string[];
  /** When every object was last read in full, RFC 3339. */
  readonly audited?: string;
}

export interface Baseline {
  readonly header: BaselineHeader;
  /** In the order of apply. */
  readonly entries: readonly BaselineEntry[];
}

/** Records what `answer` (of an apply of ours, or of the very read whose values were checked) says. Never a metadata LIST's item. */
export function recordAnswer(
  answer: KubernetesObject,
  manifest: string,
  context: { readonly fieldManager: string; readonly key: Uint8Array },
  skipped?: SkipCause,
): BaselineEntry {
  const { uid = '', resourceVersion = '', generation } = answer.metadata;
  const { fieldManager, key } = context;
  return {
    id: inventoryId(referenceOf(answer)),
    version: versionOf(answer.apiVersion),
    uid,
    resourceVersion,
    ...(generation === undefined ? {} : { generation }),
    entry: entryHash(answer, fieldManager),
    metadata: metadataHash(answer, fieldManager, key),
    values: valueHash(answer, fieldManager, key),
    content: contentHash(answer, key),
    manifest,
    ...(skipped ? { skipped } : {}),
  };
}

/** Records an object that is left alone and of which we have no full answer. */
export function recordSkipped(
  reference: ObjectReference,
  metadata: ObjectMetadata | undefined,
  manifest: string,
  skipped: SkipCause,
): BaselineEntry {
  return {
    id: inventoryId(reference),
    version: versionOf(reference.apiVersion),
    uid: metadata?.uid ?? '',
    resourceVersion: '',
    entry: '',
    metadata: '',
    values: '',
    content: '',
    manifest,
    skipped,
  };
}

/** The object an entry is about; undefined when the id is unreadable. */
export function referenceOfBaseline(entry: BaselineEntry): ObjectReference | undefined {
  return referenceOfEntry({ id: entry.id, v: entry.version });
}

/** Where the baseline of one object lies in the store. */
export function baselineKey(cluster: string, kind: string, namespace: string, name: string): string {
  return `baselines/${cluster}/${kind}/${namespace}/${name}.json`;
}
