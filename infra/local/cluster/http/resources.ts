import { toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, notFound } from '../api-error.ts';
import type { Call, Page, ResourceType, Verb } from '../model.ts';
import { apiVersionOf } from '../requests/versions.ts';
import { subresourceType } from '../schema/built-in-resources.ts';
import { type Answer, type Exchange, jsonAnswer, pageNotFound } from './exchange.ts';
import { entryItem, type Item, objectItem } from './item.ts';
import { listQuery } from './options.ts';
import type { ResourceRoute } from './route.ts';
import { methodNotAllowed, notServed } from './status.ts';
import { isOtherKind, needsContainers } from './subresources.ts';
import { printerOf } from './tables/printers.ts';
import { includeObjectOf, partialJson, tableJson } from './tables/table.ts';

/** What a request for a resource comes down to: the call, or the answer that nothing is served there. Throws 404, 405, 501. */
export function findCall(exchange: Omit<Exchange, 'format' | 'body'>, route: ResourceRoute): Call | Answer {
  const { served, user } = exchange;
  const { group, version, plural, name, subresource } = route;
  const type = served.catalog.resource(group, version, plural);
  if (!type || !isInScope(type, route) || route.rest.length > 0) return unknown(served.catalog.all(), group);
  const call: Call = { user, type, name, namespace: type.namespaced ? route.namespace : '' };
  if (subresource === '') return call;
  if (subresourceType(type, subresource)) return { ...call, subresource };
  if (needsContainers(type, subresource)) throw noContainers(type, subresource);
  throw type.custom ? notFound(type, name) : notServed();
}

/** Refuses verbs that the resource or its subresource does not have: 405. */
export function demandVerb({ type, subresource, namespace, name }: Call, verb: Verb): void {
  const known =
    subresource === undefined
      ? type.verbs.includes(verb)
      : subresourceType(type, subresource)?.verbs.some((one) => one === verb);
  const isInAllNamespaces = type.namespaced && namespace === '' && name === '';
  const needsNamespace = verb === 'create' || verb === 'deletecollection';
  const needsName = verb === 'update' || verb === 'patch' || verb === 'delete';
  const isMisplaced =
    (needsName && name === '') ||
    (needsNamespace && isInAllNamespaces) ||
    (verb === 'create' && name !== '' && subresource === undefined);
  if (!known || isMisplaced) throw methodNotAllowed();
}

/** GET of one object or subresource. */
export function answerGet(exchange: Exchange, call: Call): Answer {
  demandVerb(call, 'get');
  const { api } = exchange.served;
  const isOther = isOtherKind(call.type, call.subresource ?? '');
  const item = isOther ? objectItem(api.readSubresource(call)) : entryItem(api.get(call), call.type);
  return answerItem(exchange, call, 200, item);
}

/** GET of a collection. */
export function answerList(exchange: Exchange, call: Call): Answer {
  demandVerb(call, 'list');
  const page = exchange.served.api.list(call, listQuery(exchange.query));
  return jsonAnswer(200, listJson(exchange, call.type, page), exchange.format);
}

/** An answer of one object in the form that was asked for. Throws 406. */
export function answerItem(
  exchange: Exchange,
  { type, subresource }: Call,
  code: number,
  item: Item,
  warnings: readonly string[] = [],
): Answer {
  const { format, served, query } = exchange;
  const { as, metaVersion } = format;
  if (as === 'PartialObjectMetadataList') {
    throw wrongShape(`you requested ${as}, but the requested object is not a list (${type.kind})`);
  }
  if (as === undefined) return jsonAnswer(code, item.whole(), format, warnings);
  if (as === 'PartialObjectMetadata') {
    return jsonAnswer(code, partialJson(item, metaVersion), format, warnings);
  }
  const { resourceVersion } = (item.value() as unknown as KubernetesObject).metadata ?? {};
  const printer = printerOf(type, subresource);
  const include = includeObjectOf(query);
  const style = { printer, include, now: served.nature.now(), metaVersion, headers: true };
  const metadata = toJson(resourceVersion === undefined ? {} : { resourceVersion });
  return jsonAnswer(code, tableJson([item], metadata, style), format, warnings);
}

/** JSON of a list in the form that was asked for, from the stored texts. Throws 406. */
export function listJson({ format, served, query }: Exchange, type: ResourceType, page: Page): string {
  const { as, metaVersion } = format;
  const metadata = toJson({
    resourceVersion: page.resourceVersion,
    ...(page.continue !== undefined && { continue: page.continue }),
    ...(page.remainingItemCount !== undefined && { remainingItemCount: page.remainingItemCount }),
  });
  const items = page.entries.map((entry) => entryItem(entry, type));
  if (as === undefined) {
    const listed = items.map((item) => item.listed()).join(',');
    return `{"kind":"${type.listKind}","apiVersion":"${apiVersionOf(type)}","metadata":${metadata},"items":[${listed}]}`;
  }
  if (as === 'PartialObjectMetadata') {
    throw wrongShape(`you requested ${as}, but the requested object is a list (${type.listKind})`);
  }
  if (as === 'Table') {
    const printer = printerOf(type);
    const include = includeObjectOf(query);
    const now = served.nature.now();
    return tableJson(items, metadata, { printer, include, now, metaVersion, headers: true });
  }
  const listed = items.map((item) => partialJson(item, metaVersion)).join(',');
  return `{"kind":"${as}","apiVersion":"${metaVersion}","metadata":${metadata},"items":[${listed}]}`;
}

// A cluster-scoped resource has no namespaced path, and an object in a namespace has no other.
function isInScope({ namespaced }: ResourceType, { namespace, plural, name }: ResourceRoute): boolean {
  if (!namespaced) return namespace === '' || plural === 'namespaces';
  return namespace !== '' || name === '';
}

// Groups that definitions make, and those that nobody knows, are answered by the mux behind the API.
function unknown(types: readonly ResourceType[], group: string): Answer {
  const isBuiltIn = types.some((type) => type.group === group && !type.custom);
  if (isBuiltIn) throw notServed();
  return pageNotFound();
}

function wrongShape(message: string): ApiError {
  return new ApiError(406, 'NotAcceptable', message);
}

function noContainers({ plural }: ResourceType, subresource: string): ApiError {
  const message = `${plural}/${subresource} is not served: this cluster is embedded and runs no containers`;
  return new ApiError(501, 'NotImplemented', message, {});
}
