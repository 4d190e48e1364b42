import type { ResourceType } from '../model.ts';
import { subresourceType } from '../schema/built-in-resources.ts';
import { allows, parseAccept } from './accept.ts';
import { groupsOf } from './discovery.ts';
import { kindOf } from './subresources.ts';

/** The media type of aggregated discovery; a 1.36 server has no other version of it. */
export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What an Accept header wants of `/api` and `/apis`: all in one, or the old documents; undefined when neither. */
export function discoveryForm(accept: string | undefined): 'aggregated' | 'legacy' | undefined {
  if (accept === undefined || accept === '') return 'legacy';
  for (const clause of parseAccept(accept)) {
    const { as, g: group, v: version } = clause.parameters;
    if (allows(clause, 'application/json')) {
      if (as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && version === 'v2') {
        return 'aggregated';
      }
    }
    const isKnown = allows(clause, 'application/json') || allows(clause, 'application/yaml');
    if (isKnown && as === undefined) return 'legacy';
  }
  return undefined;
}

/** `/api` (`core`) or `/apis` in one document. */
export function aggregatedDiscovery(types: readonly ResourceType[], core: boolean): object {
  const groups = core ? [{ name: '', versions: ['v1'] }] : groupsOf(types);
  const items = groups.map(({ name, versions }) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((version) => ({
      version,
      resources: types
        .filter((type) => type.group === name && type.version === version)
        .map((type) => resourceEntry(type)),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function resourceEntry(type: ResourceType): object {
  const subresources = [...type.subresources].sort().map((name) => ({
    subresource: name,
    responseKind: responseKind(type, name),
    verbs: subresourceType(type, name)?.verbs ?? [],
  }));
  return {
    resource: type.plural,
    responseKind: responseKind(type, ''),
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
    ...(type.categories.length > 0 && { categories: type.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

// Of a built-in kind in its own group and version only the kind is told.
function responseKind(type: ResourceType, subresource: string): object {
  const { group, version, kind } = kindOf(type, subresource);
  const isOwn = group === type.group && version === type.version;
  return isOwn && !type.custom ? { group: '', version: '', kind } : { group, version, kind };
}
