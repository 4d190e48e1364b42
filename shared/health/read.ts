import { type Fault, isFault, isTransient } from '../core/failures.ts';
import type { Collection, KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';
import type { Cluster } from '../ports.ts';
import { type Judge, NO_JUDGE } from './expressions.ts';
import type { Health } from './health.ts';
import { isJob } from './jobs.ts';
import { isPodOwner, podSelectorOf, withPods } from './pod-failures.ts';
import { healthKey } from './references.ts';
import { statusOf } from './status-of.ts';
import type { HealthReading } from './verdict.ts';

/** Which objects to look at, as whom, and when. */
export interface HealthRequest {
  readonly cluster: Cluster;
  readonly references: readonly ObjectReference[];
  readonly now: Date;
  /** Objects that were read a moment ago, by `healthKey`; they are not read again. */
  readonly known?: ReadonlyMap<string, KubernetesObject>;
  /** Who judges kinds by expressions. */
  readonly judge?: Judge;
}

type Looked = KubernetesObject | Fault | undefined;

/** From this many objects of one kind and namespace on, one LIST is cheaper than their GETs. */
const LIST_FROM = 3;
/** Requests under way at the same time; a Flux controller's client bursts to some hundreds. */
const REQUESTS_AT_ONCE = 10;
/** Kinds whose health is in `metadata` alone: they have no status. */
const STATUSLESS: ReadonlySet<string> = new Set(['v1 ConfigMap', 'v1 Secret', 'v1 ServiceAccount']);

/** Whether an object of this kind has to be read in full to tell its health; for the others metadata is enough. */
export function needsStatus({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean {
  return !STATUSLESS.has(`${apiVersion} ${kind}`);
}

/** One look at every object, in the order of `references`. Faults: only those that pass by themselves. */
export async function readHealth(request: HealthRequest): Promise<readonly HealthReading[]> {
  const { references } = request;
  if (await someCannotBeNamed(request)) {
    const unknown = { status: 'Unknown', message: '', undeterminable: true } as const;
    return references.map((reference) => ({ reference, ...unknown }));
  }
  const objects = await look(request);
  return inTurns(references, async (reference) => {
    const looked = objects.get(healthKey(reference));
    const health = await healthOf(request, reference, looked);
    return { reference, ...health, ...(looked && !isFault(looked) && { object: looked }) };
  });
}

/** kstatus gives up on a whole set in which an object of a namespaced kind has no namespace. */
async function someCannotBeNamed({ cluster, references }: HealthRequest): Promise<boolean> {
  const kinds = references.filter(({ namespace }) => !namespace);
  const resources = await inTurns(kinds, (kind) => cluster.resource(kind));
  return resources.some((resource) => resource?.namespaced);
}

async function healthOf(
  { cluster, now, judge = NO_JUDGE }: HealthRequest,
  reference: ObjectReference,
  looked: Looked,
): Promise<Health> {
  if (looked === undefined) return { status: 'NotFound', message: 'Resource not found' };
  if (isFault(looked)) return { status: 'Unknown', message: looked.message };
  const health = judgedBy(judge, looked) ?? statusOf(looked, now);
  if (health.status !== 'InProgress' || !isPodOwner(looked) || judge.judges(looked)) return health;
  const pods = { apiVersion: 'v1', kind: 'Pod', ...inNamespaceOf(reference) };
  const list = await refusable(async () => {
    const { items } = await cluster.list(pods, { labelSelector: podSelectorOf(looked) });
    return items.map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' }));
  });
  // Without the right to see pods their owner's own words have to do.
  return isFault(list) ? health : withPods(health, list, now);
}

/** What expressions say; a Job is judged by its own rule, as Flux asks for that first. */
function judgedBy(judge: Judge, object: KubernetesObject): Health | undefined {
  return isJob(object) ? undefined : judge.judge(object);
}

async function look(request: HealthRequest): Promise<ReadonlyMap<string, Looked>> {
  const { cluster, known = new Map(), judge = NO_JUDGE } = request;
  const wanted = request.references.filter((reference) => !known.has(healthKey(reference)));
  const groups = Map.groupBy(wanted, ({ apiVersion, kind, namespace }) =>
    [apiVersion, kind, namespace].join(' '),
  );
  const found = await inTurns([...groups.values()], (group) => lookAtGroup(cluster, group, judge));
  return new Map([...known, ...found.flat()]);
}

/** The objects of one kind in one namespace; whoever may not LIST them may still GET each. */
async function lookAtGroup(
  cluster: Cluster,
  references: readonly ObjectReference[],
  judge: Judge,
): Promise<readonly (readonly [string, Looked])[]> {
  const [first] = references;
  if (first && references.length >= LIST_FROM) {
    const { apiVersion, kind } = first;
    const collection = { apiVersion, kind, ...inNamespaceOf(first) };
    const listed = await refusable(() => list(cluster, collection, judge));
    if (!isFault(listed)) {
      return references.map((reference) => [healthKey(reference), listed.get(reference.name)]);
    }
    if (!isFault(listed, 'forbidden')) {
      return references.map((reference) => [healthKey(reference), listed]);
    }
  }
  return inTurns(references, async (reference) => [
    healthKey(reference),
    await refusable(() => cluster.get(reference)),
  ]);
}

async function list(
  cluster: Cluster,
  collection: Collection,
  judge: Judge,
): Promise<ReadonlyMap<string, KubernetesObject>> {
  const { apiVersion, kind } = collection;
  const { items } =
    needsStatus(collection) || judge.judges(collection)
      ? await cluster.list(collection)
      : await cluster.listMetadata(collection);
  // The items of a LIST carry no kind of their own.
  return new Map(items.map((item) => [item.metadata.name, { ...item, apiVersion, kind }]));
}

/** What `work` answers, or the Fault it was refused with; faults that pass by themselves are thrown. */
async function refusable<T>(work: () => Promise<T>): Promise<T | Fault> {
  try {
    return await work();
  } catch (error) {
    if (isFault(error) && !isTransient(error)) return error;
    throw error;
  }
}

function inNamespaceOf({ namespace }: ObjectReference): { readonly namespace?: string } {
  return namespace ? { namespace } : {};
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += REQUESTS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + REQUESTS_AT_ONCE).map(work))));
  }
  return results;
}
