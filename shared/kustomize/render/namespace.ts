import { type SpecIndex, visitField } from './fields-at.ts';
import { field, isMap, isNull, type Node, refuse, textOf, untagged } from './node.ts';
import { currentId, idKey, isClusterScoped, metadataOf, type Resource, remember } from './resource.ts';

/** Moves every object to a namespace, renames Namespaces to it, and takes the default accounts of role bindings along (api v0.21.1, filters/namespace). Fault `unsupported` when two objects would become one. */
export function setNamespace(resources: readonly Resource[], namespace: string, specsOf: SpecIndex): void {
  untagged(namespace);
  const ids = new Set<string>();
  for (const resource of resources) {
    remember(resource);
    if (!isClusterScoped(resource)) metadataOf(resource).namespace = namespace;
    const { object } = resource;
    if (object.kind === 'Namespace' && object.apiVersion === 'v1') metadataOf(resource).name = namespace;
    const binds = object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding';
    if (binds) moveSubjects(object.subjects, namespace);
    const id = currentId(resource);
    for (const spec of specsOf(id)) {
      if (spec.path === 'metadata/namespace' || (binds && spec.path === 'subjects/namespace')) continue;
      visitField(resource, spec, ({ map, name, value }) => {
        if (!isNull(value) && textOf(value) === undefined) refuse(`${spec.path}, which is no text`);
        map[name] = namespace;
      });
    }
    ids.add(idKey(id));
  }
  if (ids.size < resources.length) refuse('a namespace that makes two objects one');
}

/** Only accounts that are called `default` follow; others do when the account itself is part of the build. */
function moveSubjects(subjects: Node | undefined, namespace: string): void {
  if (isNull(subjects)) return;
  for (const subject of Array.isArray(subjects) ? subjects : refuse('subjects that are no list')) {
    const map = isMap(subject) ? subject : refuse('a subject that is no map');
    const old = field(map, 'namespace');
    if (textOf(field(map, 'name')) !== 'default') continue;
    if (old !== undefined && typeof old !== 'string') refuse("a subject's namespace that is no text");
    map.namespace = namespace;
  }
}
