import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError } from '../api-error.ts';
import type { Api, Call, WriteQuery, Written } from '../model.ts';
import { resourceId, toObject } from '../store/entry.ts';
import { create } from './create.ts';
import { deleteCollection, deleteObject } from './delete.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { bind, evict } from './pods.ts';
import { patchScale, readScale, updateScale } from './scale.ts';
import { findEntry, shownEntry } from './stored-object.ts';
import { update } from './update.ts';
import { openWatches } from './watch.ts';
import type { World } from './world.ts';

/** The API of one cluster beneath HTTP. */
export function openApi(world: World): Api {
  const watches = openWatches(world);
  return {
    get: (call) => shownEntry(world, findEntry(world, call), call.type),
    list: (call, query) => list(world, call, query),
    watch: watches.watch,
    create: (call, object, query) => createIn(world, call, object, query),
    update: (call, object, query) =>
      call.subresource === 'scale'
        ? updateScale(world, call, object, query)
        : update(world, call, object, query),
    patch: (call, wanted, query) =>
      call.subresource === 'scale'
        ? patchScale(world, call, wanted, query)
        : patch(world, call, wanted, query),
    delete: (call, query) => deleteObject(world, call, query),
    deleteCollection: (call, selected, query) => deleteCollection(world, call, selected, query),
    readSubresource: (call) =>
      call.subresource === 'scale'
        ? readScale(world, call)
        : toObject(shownEntry(world, findEntry(world, call), call.type), call.type),
  };
}

function createIn(world: World, call: Call, object: KubernetesObject, query: WriteQuery): Written {
  const { type, subresource } = call;
  const id = subresource === undefined ? resourceId(type) : `${resourceId(type)}/${subresource}`;
  const answer = world.virtual?.get(id);
  if (answer) return { object: answer(call, object), created: true, warnings: [] };
  if (subresource === undefined) return create(world, call, object, query);
  if (id === '/pods/binding') return bind(world, call, object, query);
  if (id === '/pods/eviction') return evict(world, call, object, query);
  throw new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}
