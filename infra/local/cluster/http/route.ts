import type { Attempt } from '../access.ts';
import { badRequest } from '../api-error.ts';

/** What a path names: a resource, one of its objects or a part of it, or something else. */
export type Route =
  | {
      readonly group: string;
      readonly version: string;
      readonly plural: string;
      /** Of the path: of `/api/v1/namespaces/x` it is `x`, as authorisers see it. */
      readonly namespace: string;
      readonly name: string;
      readonly subresource: string;
      /** What follows the subresource. */
      readonly rest: readonly string[];
    }
  | { readonly path: string };

/** A route to resources. */
export type ResourceRoute = Extract<Route, { plural: string }>;

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

const VERBS: Readonly<Record<string, readonly [named: string, collection: string]>> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
};

/** Reads a path (without query) as the API server's request info does; throws 400 when it is not UTF-8. */
export function parseRoute(rawPath: string): Route {
  const path = decoded(rawPath);
  const parts = path.replace(/^\/+|\/+$/g, '').split('/');
  const group = parts[0] === 'apis' ? parts[1] : '';
  const [version, ...rest] = parts[0] === 'apis' ? parts.slice(2) : parts.slice(1);
  const isResource = (parts[0] === 'api' || parts[0] === 'apis') && version !== undefined && rest.length > 0;
  if (!isResource || group === undefined) return { path };

  const isNested = rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '');
  const namespace = rest[0] === 'namespaces' ? (rest[1] ?? '') : '';
  const [plural = '', name = '', subresource = '', ...more] = isNested ? rest.slice(2) : rest;
  return { group, version, plural, namespace, name, subresource, rest: more };
}

/** What somebody who sends `method` to `route` wants to do; `watches` says whether the query asks for a watch, `selected` the one name that it selects. */
export function attemptOf(route: Route, method: string, watches: boolean, selected = ''): Attempt {
  if ('path' in route) return { verb: method.toLowerCase(), path: route.path };
  const { group, version, plural: resource, namespace, subresource } = route;
  const [named, collection] = VERBS[method] ?? ['', ''];
  const lists = route.name === '' && collection === 'list';
  const verb = route.name !== '' ? named : lists && watches ? 'watch' : collection;
  // Who may list one object by its name may do that by a selector, too.
  const name = lists ? selected : route.name;
  return { verb, group, version, resource, namespace, name, ...(subresource !== '' && { subresource }) };
}

function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`the path ${JSON.stringify(path)} is not UTF-8`);
  }
}
