import { toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError } from '../api-error.ts';
import type { Call, Deleted, Patch } from '../model.ts';
import { apiVersionOf } from '../requests/versions.ts';
import { resourceId } from '../store/entry.ts';
import { decodeApply, decodeObject, decodePatch } from './body.ts';
import { deleteOptions } from './delete-options.ts';
import { type Answer, type Exchange, header, jsonAnswer } from './exchange.ts';
import { objectItem } from './item.ts';
import { listQuery, writeQuery } from './options.ts';
import { mediaTypeOf } from './parse.ts';
import { answerItem, demandVerb } from './resources.ts';
import { unsupportedMediaType } from './status.ts';

const PATCHES: Readonly<Record<string, Patch['type']>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Kinds whose deletion is answered with the object that was; all others with a Status. */
const SHOWN_WHEN_GONE = new Set([
  '/namespaces',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/pods',
  '/podtemplates',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/volumeattributesclasses',
]);

/** POST: creates an object, asks a subresource, or answers a review. */
export function answerCreate(exchange: Exchange, call: Call): Answer {
  const { served, query, body } = exchange;
  demandVerb(call, 'create');
  const { type, subresource = '' } = call;
  const options = writeQuery(query, header(exchange, 'user-agent'), 'CreateOptions');
  const { value: object, warnings } = decodeObject(
    body,
    header(exchange, 'content-type'),
    type,
    subresource,
    options.fieldValidation,
  );
  const id = subresource === '' ? resourceId(type) : `${resourceId(type)}/${subresource}`;
  const virtual = served.virtual.get(id);
  if (virtual) return answerItem(exchange, call, 201, objectItem(virtual(call, object)), warnings);
  const written = served.api.create(call, object, options);
  const all = [...warnings, ...written.warnings];
  return answerItem(exchange, call, 201, objectItem(written.object), all);
}

/** PUT. */
export function answerUpdate(exchange: Exchange, call: Call): Answer {
  const { served, query, body } = exchange;
  demandVerb(call, 'update');
  const options = writeQuery(query, header(exchange, 'user-agent'), 'UpdateOptions');
  const { value: object, warnings } = decodeObject(
    body,
    header(exchange, 'content-type'),
    call.type,
    call.subresource ?? '',
    options.fieldValidation,
  );
  const written = served.api.update(call, object, options);
  const all = [...warnings, ...written.warnings];
  return answerItem(exchange, call, written.created ? 201 : 200, objectItem(written.object), all);
}

/** PATCH: JSON, merge, strategic merge (built-in kinds) or apply, by the Content-Type. Throws 415 for others. */
export function answerPatch(exchange: Exchange, call: Call): Answer {
  const { served, query, body } = exchange;
  demandVerb(call, 'patch');
  const contentType = mediaTypeOf(header(exchange, 'content-type'));
  const type = PATCHES[contentType];
  if (!type || (type === 'strategic' && call.type.custom)) throw unknownPatch(call.type.custom !== undefined);
  const agent = header(exchange, 'user-agent');
  const options = writeQuery(query, agent, 'PatchOptions', type === 'apply');
  const { fieldValidation } = options;
  const { value, warnings } =
    type === 'apply' ? decodeApply(body, fieldValidation) : decodePatch(body, type, fieldValidation);
  const patch = type === 'json' ? { type, patch: value as readonly unknown[] } : { type, patch: value };
  const written = served.api.patch(call, patch, options);
  const all = [...warnings, ...written.warnings];
  return answerItem(exchange, call, written.created ? 201 : 200, objectItem(written.object), all);
}

/** DELETE of one object: 202 when it stays and the client said that it would wait for its dependents. */
export function answerDelete(exchange: Exchange, call: Call): Answer {
  const { served, query, body } = exchange;
  demandVerb(call, 'delete');
  const options = deleteOptions(query, body, header(exchange, 'content-type'));
  const deleted = served.api.delete(call, options);
  const isShown = !deleted.gone || SHOWN_WHEN_GONE.has(resourceId(call.type));
  const code = !deleted.gone && options.waits ? 202 : 200;
  if (isShown) return answerItem(exchange, call, code, objectItem(deleted.object));
  return jsonAnswer(code, toJson(success(call, deleted.object)), exchange.format);
}

/** DELETE of a collection; the answer lists what was deleted. */
export function answerDeleteCollection(exchange: Exchange, call: Call): Answer {
  const { served, query, body } = exchange;
  demandVerb(call, 'deletecollection');
  const selection = listQuery(query);
  const options = deleteOptions(query, body, header(exchange, 'content-type'));
  const deleted = served.api.deleteCollection(call, selection, options);
  const { resourceVersion } = served.api.list(call, { limit: 1 });
  const { listKind } = call.type;
  const items = deleted.map(({ object }: Deleted) => object);
  const list = { kind: listKind, apiVersion: apiVersionOf(call.type), metadata: { resourceVersion }, items };
  return jsonAnswer(200, toJson(list), exchange.format);
}

// Built-in kinds have their media types checked by a router with words of its own.
function unknownPatch(isCustom: boolean): ApiError {
  if (!isCustom) return new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  return unsupportedMediaType(Object.keys(PATCHES).filter((one) => PATCHES[one] !== 'strategic'));
}

function success({ type }: Call, { metadata: { name, uid } }: KubernetesObject): object {
  const details = { name, ...(type.group !== '' && { group: type.group }), kind: type.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
