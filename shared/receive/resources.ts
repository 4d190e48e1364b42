import { apiVersionOf, type Kind, kindOf } from '../api/kinds.ts';
import type { ReceiverResource } from '../api/receiver.ts';
import { API_VERSION } from '../api/vocabulary.ts';
import { Fault } from '../core/failures.ts';
import { groupOf } from '../core/kubernetes-object.ts';

/** The kinds that need no `apiVersion` in a Receiver's resources (RC-15). */
const DEFAULT_API_VERSION: Readonly<Record<string, string>> = {
  Bucket: API_VERSION.source,
  HelmChart: API_VERSION.source,
  HelmRepository: API_VERSION.source,
  GitRepository: API_VERSION.source,
  OCIRepository: API_VERSION.source,
  ImageRepository: API_VERSION.image,
  ArtifactGenerator: API_VERSION.sourceExtensions,
};

/** What a resource of a Receiver asks for: one object, or (with labels) those of a namespace that carry them. */
export interface Wanted {
  readonly kind: Kind;
  readonly namespace: string;
  /** Absent: all that carry `labels`. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Reads a resource of a Receiver in `namespace`. Fault `invalid` says what keeps it from being woken (RC-15 to RC-17). */
export function wantedBy(
  resource: ReceiverResource,
  { namespace, crossNamespace }: { readonly namespace: string; readonly crossNamespace: boolean },
): Wanted {
  const place = resource.namespace || namespace;
  if (!crossNamespace && place !== namespace)
    throw new Fault('invalid', 'cross-namespace references are not allowed');
  const kind = kindOfResource(resource);
  if (resource.name !== '*') return { kind, namespace: place, name: resource.name, labels: {} };
  if (resource.matchLabels === undefined)
    throw new Fault('invalid', "matchLabels field not set when using wildcard '*' as name");
  return { kind, namespace: place, labels: resource.matchLabels };
}

/** The label selector that finds what carries all of `labels`. */
export function selectorOf(labels: Wanted['labels']): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Objects are read at the newest version, whichever the resource names. */
function kindOfResource({ apiVersion, kind: name }: ReceiverResource): Kind {
  const wanted = apiVersion || DEFAULT_API_VERSION[name];
  if (wanted === undefined) throw new Fault('invalid', `apiVersion must be specified for kind "${name}"`);
  const kind = kindOf(name, groupOf(wanted));
  if (kind === undefined) throw new Fault('invalid', `${wanted} has no kind "${name}"`);
  return kind;
}

/** The collection that a wildcard is looked up in. */
export function collectionOf({ kind, namespace }: Wanted): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
} {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace };
}
