import { expect } from 'vitest';
import { sha256Hex } from '../../../shared/core/digests.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { BUCKET } from '../bucket.ts';
import { HELM_CHART } from '../charts.ts';
import { GIT_REPOSITORY, KUSTOMIZATION } from '../drive.ts';
import { EXTERNAL, GENERATOR } from '../generator.ts';
import { HELM_REPOSITORY } from '../helm.ts';
import { OCI_REPOSITORY } from '../oci.ts';
import { RECEIVER } from '../webhook.ts';
import type { Stage } from './stage.ts';

const APPLIED = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
];
const FLUX = [
  ...[GIT_REPOSITORY, OCI_REPOSITORY, BUCKET, HELM_REPOSITORY, HELM_CHART, GENERATOR, EXTERNAL],
  ...[KUSTOMIZATION, RECEIVER],
];
/** The cluster's own. */
const NOT_OURS = new Set(['kube-root-ca.crt']);

/** What a stage looks like at rest, without times, uids and its namespace's name. */
export async function outcomeOf(stage: Stage): Promise<unknown> {
  const applied = await Promise.all(APPLIED.map((kind) => listed(stage, kind)));
  const flux = await Promise.all(FLUX.map((kind) => listed(stage, kind)));
  const keys: string[] = [];
  for await (const { key } of stage.ports.store.list('')) keys.push(key);
  const dead = await stage.deadLetters();
  for (const one of flux.flat()) await expectWhole(stage, one);
  const advertised = JSON.stringify(flux.flat().map(({ status }) => status));
  const told = {
    applied: applied.flat().map(shapeOf),
    flux: flux.flat().map(statusOf),
    kept: keys
      .filter((key) => isKept(key, advertised))
      .map(pathOf)
      .toSorted(),
    orphans: keys.filter((key) => isOrphan(key, flux.flat())).toSorted(),
    dead,
  };
  return JSON.parse(JSON.stringify(told).replaceAll(stage.namespace, 'NAMESPACE'));
}

/** What is advertised is there, and is what its digest says. */
async function expectWhole({ ports: { store }, ground }: Stage, object: KubernetesObject): Promise<void> {
  const { artifact } = (object.status ?? {}) as Status;
  if (artifact === undefined) return;
  const pointer = await store.get(`artifacts/${ground.clusterId}/${artifact.path}`);
  const { digest } = JSON.parse(Buffer.from(pointer?.body ?? '{}').toString()) as { digest?: string };
  const blob = await store.get(`blobs/${artifact.digest.replace('sha256:', '')}`);
  const held = blob && `sha256:${sha256Hex(blob.body)}`;
  expect([digest, held], `${object.kind} advertises`).toEqual([artifact.digest, artifact.digest]);
}

/** The uids of what is applied, by kind and name. */
export async function uidsOf(stage: Stage): Promise<ReadonlyMap<string, string>> {
  const applied = await Promise.all(APPLIED.map((kind) => listed(stage, kind)));
  return new Map(
    applied.flat().map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.uid ?? '']),
  );
}

async function listed(
  { ground, namespace }: Stage,
  kind: { readonly apiVersion: string; readonly kind: string },
): Promise<readonly KubernetesObject[]> {
  const { items } = await ground.cluster.list({ ...kind, namespace });
  return items.filter(({ metadata }) => !NOT_OURS.has(metadata.name));
}

/** Watermarks and leases come and go with the clock, and what nobody advertises any more with the sweeps. */
function isKept(key: string, advertised: string): boolean {
  const [prefix = '', ...rest] = key.split('/');
  if (prefix === 'watermarks' || prefix === 'leases') return false;
  return (prefix !== 'blobs' && prefix !== 'artifacts') || advertised.includes(rest.at(-1) ?? '');
}

/** Of an object that is no more: artifacts are below `<kind>/<namespace>/<name>/`. */
function isOrphan(key: string, flux: readonly KubernetesObject[]): boolean {
  const [prefix, , kind, namespace, name] = key.split('/');
  return (
    prefix === 'artifacts' &&
    !flux.some(
      (one) =>
        one.kind.toLowerCase() === kind && one.metadata.namespace === namespace && one.metadata.name === name,
    )
  );
}

function shapeOf({
  kind,
  metadata,
  data,
  spec,
}: KubernetesObject & { data?: unknown; spec?: unknown }): object {
  const { name, generation, labels, managedFields = [] } = metadata;
  const managers = managedFields.map(({ manager, operation }) => `${manager} ${operation}`).toSorted();
  return { kind, name, generation, labels, data, spec, managers };
}

interface Status {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly artifact?: { readonly revision: string; readonly digest: string; readonly path: string };
  readonly [field: string]: unknown;
}

function statusOf({ kind, metadata, status }: KubernetesObject): object {
  const {
    conditions = [],
    artifact,
    inventory,
    lastAppliedRevision,
    lastAttemptedRevision,
    observedGeneration,
  } = (status ?? {}) as Status;
  const told = conditions.map(
    (one) => `${one.type} ${one.status} ${one.reason}: ${withoutTimes(one.message)}`,
  );
  return {
    ...{ kind, name: metadata.name, generation: metadata.generation, finalizers: metadata.finalizers },
    ...{
      conditions: told.toSorted(),
      inventory,
      lastAppliedRevision,
      lastAttemptedRevision,
      observedGeneration,
    },
    artifact: artifact && [artifact.revision, artifact.digest],
  };
}

/** How long something took, and the path of a hook, differ from stage to stage; what an interrupted run had written already is told by it alone. */
function withoutTimes(message: string): string {
  return message
    .replace(/\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|µs|s)\b/g, 'TIME')
    .replace(/\/hook\/[0-9a-f]+/, '/hook/PATH')
    .replace(/\b127\.0\.0\.1:\d+/g, 'HOST')
    .split('\n')[0] as string;
}

function pathOf(key: string): string {
  return key.replace(/^((hooks|urls)\/).*/, '$1...');
}
