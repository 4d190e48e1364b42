import type { ResourceType, Verb } from '../model.ts';
import { type OpenApiSchema, publishedName, reference } from './built-in-types.ts';
import type { Kind } from './kind.ts';

/** What an operation speaks about. */
export interface Spoken {
  readonly kind: Kind;
  /** Published names of the object's schema and of its list's. */
  readonly object: string;
  readonly list: string | undefined;
  readonly custom: boolean;
}

const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const LIST = (
  'allowWatchBookmarks continue fieldSelector labelSelector limit resourceVersion resourceVersionMatch ' +
  'sendInitialEvents shardSelector timeoutSeconds watch'
).split(' ');
const DELETE =
  'dryRun gracePeriodSeconds ignoreStoreReadErrorWithClusterBreakingPotential orphanDependents propagationPolicy'.split(
    ' ',
  );

/** Types of query parameters that are no text. */
const TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: 'boolean',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  ignoreStoreReadErrorWithClusterBreakingPotential: 'boolean',
  limit: 'integer',
  orphanDependents: 'boolean',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

/** Verbs by the HTTP method that carries them, of a collection and of one object. */
const ON_COLLECTION = [
  ['list', 'get'],
  ['create', 'post'],
  ['deletecollection', 'delete'],
] as const;
const ON_OBJECT = [
  ['get', 'get'],
  ['update', 'put'],
  ['patch', 'patch'],
  ['delete', 'delete'],
  ['create', 'post'],
] as const;

/** The operations of a collection that `verbs` allow, by HTTP method. */
export function collectionOperations(verbs: readonly Verb[], spoken: Spoken): OpenApiSchema {
  return operations(ON_COLLECTION, verbs, spoken);
}

/** The operations of one object, or of a subresource of it, by HTTP method. */
export function objectOperations(verbs: readonly Verb[], spoken: Spoken): OpenApiSchema {
  return operations(ON_OBJECT, verbs, spoken);
}

function operations(
  table: readonly (readonly [Verb, string])[],
  verbs: readonly Verb[],
  spoken: Spoken,
): OpenApiSchema {
  return Object.fromEntries(
    table
      .filter(([verb]) => verbs.includes(verb))
      .map(([verb, method]) => [method, operation(verb, method, spoken)]),
  );
}

function operation(verb: Verb, method: string, spoken: Spoken): OpenApiSchema {
  const body = bodyOf(verb, spoken);
  const answer = answerOf(verb, spoken);
  return {
    parameters: queryOf(verb, spoken).map((name) => ({
      name,
      in: 'query',
      schema: { type: TYPES[name] ?? 'string', uniqueItems: true },
    })),
    ...(body && { requestBody: body }),
    responses: {
      200: { description: 'OK', content: { 'application/json': { schema: reference(answer) } } },
    },
    'x-kubernetes-action': verb === 'update' || verb === 'create' || verb === 'patch' ? method : verb,
    'x-kubernetes-group-version-kind': spoken.kind,
  };
}

function queryOf(verb: Verb, { custom }: Spoken): readonly string[] {
  switch (verb) {
    case 'create':
    case 'update':
      return WRITE;
    case 'patch':
      return [...WRITE, 'force'];
    case 'delete':
      return DELETE;
    case 'list':
      return LIST;
    case 'deletecollection':
      return [...new Set([...LIST, ...DELETE])];
    default:
      return custom ? ['resourceVersion'] : [];
  }
}

function bodyOf(verb: Verb, { object, custom }: Spoken): OpenApiSchema | undefined {
  const json = (name: string) => ({ 'application/json': { schema: reference(name) } });
  switch (verb) {
    case 'create':
    case 'update':
      return { content: json(object), required: true };
    case 'delete':
    case 'deletecollection':
      return { content: json(publishedName('meta.v1.DeleteOptions')) };
    case 'patch': {
      const types = ['apply-patch+yaml', 'json-patch+json', 'merge-patch+json'];
      const all = custom ? types : [...types, 'strategic-merge-patch+json'];
      const schema = reference(publishedName('meta.v1.Patch'));
      return {
        content: Object.fromEntries(all.map((type) => [`application/${type}`, { schema }])),
        required: true,
      };
    }
    default:
      return undefined;
  }
}

function answerOf(verb: Verb, { object, list }: Spoken): string {
  if (verb === 'delete' || verb === 'deletecollection') return publishedName('meta.v1.Status');
  return verb === 'list' && list !== undefined ? list : object;
}

/** The path of a resource's collection, with places for what a request fills in. */
export function collectionPath({ group, version, plural, namespaced }: ResourceType): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`;
}
