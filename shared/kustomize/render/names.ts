import { FIXED_NAMES, type FieldSpec } from './field-specs.ts';
import { visitField } from './fields-at.ts';
import { refuse, untagged } from './node.ts';
import {
  currentId,
  isName,
  isSelected,
  metadataOf,
  nameOf,
  originalId,
  type Resource,
  remember,
} from './resource.ts';

/** Puts text before every name. Fault `unsupported` when a name comes of it that is none. */
export function addPrefix(
  resources: readonly Resource[],
  prefix: string,
  more: readonly FieldSpec[] = [],
): void {
  for (const resource of movable(resources)) {
    resource.prefixes.push(prefix);
    rename(resource, `${prefix}${nameOf(resource)}`);
    affix(resource, more, (text) => `${prefix}${text}`);
  }
}

/** Puts text after every name. Fault `unsupported` when a name comes of it that is none. */
export function addSuffix(
  resources: readonly Resource[],
  suffix: string,
  more: readonly FieldSpec[] = [],
): void {
  for (const resource of movable(resources)) {
    resource.suffixes.push(suffix);
    rename(resource, `${nameOf(resource)}${suffix}`);
    affix(resource, more, (text) => `${text}${suffix}`);
  }
}

/** Fields that carry a name besides the object's own. */
function affix(resource: Resource, specs: readonly FieldSpec[], change: (text: string) => string): void {
  const id = originalId(resource);
  for (const spec of specs) {
    if (!isSelected(id, spec) || !isSelected(currentId(resource), spec)) continue;
    visitField(resource, spec, ({ map, name, value }) => {
      if (typeof value !== 'string') refuse(`${spec.path}, which is no text`);
      map[name] = untagged(change(value as string));
    });
  }
}

/** Gives a resource another name, and remembers the old one. */
export function rename(resource: Resource, name: string): void {
  if (!isName(name)) refuse(`the name ${JSON.stringify(name)}`);
  remember(resource);
  metadataOf(resource).name = untagged(name);
}

function movable(resources: readonly Resource[]): readonly Resource[] {
  return resources.filter((resource) => {
    const id = originalId(resource);
    return !FIXED_NAMES.some((spec) => isSelected(id, spec));
  });
}
