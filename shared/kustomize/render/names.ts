import { FIXED_NAMES } from './field-specs.ts';
import { refuse, untagged } from './node.ts';
import { isName, isSelected, metadataOf, nameOf, originalId, type Resource, remember } from './resource.ts';

/** Puts text before every name. Fault `unsupported` when a name comes of it that is none. */
export function addPrefix(resources: readonly Resource[], prefix: string): void {
  for (const resource of movable(resources)) {
    resource.prefixes.push(prefix);
    rename(resource, `${prefix}${nameOf(resource)}`);
  }
}

/** Puts text after every name. Fault `unsupported` when a name comes of it that is none. */
export function addSuffix(resources: readonly Resource[], suffix: string): void {
  for (const resource of movable(resources)) {
    resource.suffixes.push(suffix);
    rename(resource, `${nameOf(resource)}${suffix}`);
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
