import type { KubernetesObject } from '../../../shared/ports.ts';
import { GIT_REPOSITORY, KUSTOMIZATION } from '../drive.ts';
import { RECEIVER } from '../webhook.ts';
import type { Stage } from './stage.ts';

const APPLIED = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
];
/** The cluster's own. */
const NOT_OURS = new Set(['kube-root-ca.crt']);

/** What a stage looks like at rest, without times, uids and its namespace's name. */
export async function outcomeOf(stage: Stage): Promise<unknown> {
  const applied = await Promise.all(APPLIED.map((kind) => listed(stage, kind)));
  const flux = await Promise.all(
    [GIT_REPOSITORY, KUSTOMIZATION, RECEIVER].map((kind) => listed(stage, kind)),
  );
  const keys: string[] = [];
  for await (const { key } of stage.ports.store.list('')) keys.push(key);
  const dead = await stage.deadLetters();
  const advertised = JSON.stringify(flux.flat().map(({ status }) => status));
  const told = {
    applied: applied.flat().map(shapeOf),
    flux: flux.flat().map(statusOf),
    kept: keys
      .filter((key) => isKept(key, advertised))
      .map(pathOf)
      .toSorted(),
    dead,
  };
  return JSON.parse(JSON.stringify(told).replaceAll(stage.namespace, 'NAMESPACE'));
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
  } = (status ?? {}) as Status & {
    readonly artifact?: { readonly revision: string; readonly digest: string };
  };
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
    .split('\n')[0] as string;
}

function pathOf(key: string): string {
  return key.replace(/^((hooks|urls)\/).*/, '$1...');
}
