import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, numberOf, sameValue } from '../../strategies/rules/fields.ts';
import type { ControllerWorld } from '../controller.ts';
import { controllerReference } from '../owners.ts';
import { shortHash } from './hash.ts';

const REVISIONS = 'apps/controllerrevisions';
/** The label by which pods of a StatefulSet's or DaemonSet's revisions are told apart. */
export const REVISION_HASH = 'controller-revision-hash';

/** The revision of an owner's present template, made when it is new; older ones beyond the limit go. */
export function revisionOf(
  owner: KubernetesObject,
  world: ControllerWorld,
  used: ReadonlySet<string>,
): KubernetesObject {
  const { manager } = world;
  const { namespace, name } = owner.metadata;
  const spec = fieldsOf(owner.spec) ?? {};
  const data = { spec: { template: { ...fieldsOf(spec.template), $patch: 'replace' } } };
  const known = manager
    .controlled(REVISIONS, owner)
    .toSorted((one, other) => numberOf(one.revision) - numberOf(other.revision));
  const next = numberOf(known.at(-1)?.revision) + 1;
  const same = known.find((revision) => sameValue(revision.data, data));
  if (same && same === known.at(-1)) return same;
  // Going back to an old template makes its revision the newest.
  if (same) return manager.update(REVISIONS, { ...same, revision: next });
  const hash = shortHash(data);
  const labels = fieldsOf(fieldsOf(fieldsOf(spec.template)?.metadata)?.labels);
  const made = manager.create(REVISIONS, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace !== undefined && { namespace }),
      labels: { ...(labels as Record<string, string> | undefined), [REVISION_HASH]: hash },
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision: next,
  });
  const unused = known.filter((revision) => !used.has(hashOf(revision)) && !used.has(revision.metadata.name));
  const surplus = Math.max(0, unused.length - numberOf(spec.revisionHistoryLimit));
  for (const old of unused.slice(0, surplus)) manager.delete(REVISIONS, old);
  return made;
}

/** The hash in a revision's name. */
export function hashOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.[REVISION_HASH] ?? '';
}

/** Another object's spec with the pods' template of a revision that is still in use. */
export function templateOf(
  name: string,
  namespace: string,
  { manager }: ControllerWorld,
): Fields | undefined {
  return fieldsOf(fieldsOf(fieldsOf(manager.read(REVISIONS, namespace, name)?.data)?.spec)?.template);
}
