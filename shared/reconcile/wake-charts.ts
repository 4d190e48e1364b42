import { API_VERSION } from '../api/vocabulary.ts';
import type { KubernetesObject } from '../ports.ts';
import { ownedBy } from './engine.ts';
import { newMessage, sendWork } from './enqueue.ts';
import type { Scope } from './reconciler.ts';
import { listIfServed } from './served.ts';

/** What HelmCharts take charts from. */
const SOURCES: readonly string[] = ['HelmRepository', 'GitRepository', 'Bucket'];

interface Source extends KubernetesObject {
  readonly status?: { readonly artifact?: { readonly revision: string } };
}

interface Chart extends KubernetesObject {
  readonly spec?: { readonly sourceRef?: { readonly kind: string; readonly name: string } };
  readonly status?: { readonly observedSourceArtifactRevision?: string };
}

/**
 * Wakes the HelmCharts of a source that have not seen its artifact, when this run or a run that broke off made it (HC-16);
 * what else is lost the sweep finds.
 */
export async function wakeCharts(source: Source, before: Source, scope: Scope): Promise<void> {
  const revision = source.status?.artifact?.revision;
  if (revision === undefined || !SOURCES.includes(source.kind)) return;
  if (before.status?.artifact?.revision === revision && scope.redelivered !== true) return;
  const { name, namespace = '', uid = '', resourceVersion = '' } = source.metadata;
  const collection = { apiVersion: API_VERSION.source, kind: 'HelmChart', namespace };
  const charts = (await listIfServed(scope.cluster, collection)) as readonly Chart[];
  const since = scope.ports.clock.now();
  const items = charts
    .filter(({ spec, status, ...object }) => {
      const isIts = spec?.sourceRef?.kind === source.kind && spec.sourceRef.name === name;
      return isIts && status?.observedSourceArtifactRevision !== revision && ownedBy(scope, object);
    })
    .map(({ metadata }) => {
      const target = { kind: 'HelmChart', namespace, name: metadata.name };
      const message = newMessage(scope.record.id, target, 'source', since, scope.message.trace);
      return { message, unique: ['source', uid, resourceVersion] };
    });
  await sendWork(scope.ports, scope.record, 'source', items);
}
