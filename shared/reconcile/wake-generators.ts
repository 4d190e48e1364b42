import type { SourceReference } from '../api/artifact-generator.ts';
import type { Artifact } from '../api/meta.ts';
import { API_VERSION } from '../api/vocabulary.ts';
import { namespacedName, sourceOf } from '../core/references.ts';
import type { KubernetesObject } from '../ports.ts';
import { MAX_HOPS } from './delays.ts';
import { ownedBy } from './engine.ts';
import { newMessage, sendWork } from './enqueue.ts';
import type { Scope } from './reconciler.ts';
import { listIfServed } from './served.ts';

const GENERATORS = { apiVersion: API_VERSION.sourceExtensions, kind: 'ArtifactGenerator' };

/** What generators can be made of, and has a reconciler of its own (AG-01). */
const SOURCES: ReadonlySet<string> = new Set(['Bucket', 'GitRepository', 'OCIRepository', 'HelmChart']);

/** Wakes the generators that are made of a source whose artifact this run changed, or may have changed. */
export async function wakeGeneratorsOf(
  source: KubernetesObject,
  before: KubernetesObject,
  scope: Scope,
): Promise<void> {
  const now = artifactOf(source);
  if (now === undefined || !SOURCES.has(source.kind)) return;
  const then = artifactOf(before);
  const isSame = then?.digest === now.digest && then.revision === now.revision && then.url === now.url;
  if (!isSame || scope.redelivered) await wakeGenerators([source], scope);
}

/** Wakes the generators that are made of any of `sources`; those that wake each other in a circle stop after `hops`, until the next sweep. */
export async function wakeGenerators(
  sources: readonly KubernetesObject[],
  scope: Scope,
  hops = 0,
): Promise<void> {
  if (sources.length === 0) return;
  const names = new Set(sources.map((source) => `${source.kind}/${keyOf(source)}`));
  const items = await listIfServed(scope.cluster, GENERATORS);
  const users = items.filter((item) => ownedBy(scope, item) && isMadeOf(item, names));
  if (hops > MAX_HOPS) {
    scope.ports.log.warn('generators wake each other', { ...scope.message, users: users.map(keyOf) });
    return;
  }
  const since = scope.ports.clock.now();
  const unique = sources.flatMap(({ metadata }) => [metadata.uid ?? '', metadata.resourceVersion ?? '']);
  const messages = users.map(({ kind, metadata: { name, namespace = '' } }) => {
    const target = { kind, namespace, name };
    const message = newMessage(scope.record.id, target, 'source', since, scope.message.trace);
    return { message: { ...message, hops }, unique: ['source', ...unique] };
  });
  await sendWork(scope.ports, scope.record, 'source', messages);
}

function isMadeOf(generator: KubernetesObject, names: ReadonlySet<string>): boolean {
  const { spec } = generator as { readonly spec?: { readonly sources?: readonly SourceReference[] } };
  return (spec?.sources ?? []).some((reference) => {
    const { kind, ...named } = sourceOf(reference, generator.metadata.namespace ?? '');
    return names.has(`${kind}/${namespacedName(named)}`);
  });
}

function keyOf({ metadata }: KubernetesObject): string {
  return namespacedName({ name: metadata.name, namespace: metadata.namespace ?? '' });
}

function artifactOf(source: KubernetesObject): Artifact | undefined {
  return (source as { readonly status?: { readonly artifact?: Artifact } }).status?.artifact;
}
