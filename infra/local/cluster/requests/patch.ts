import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, badRequest, conflict } from '../api-error.ts';
import { goText } from '../merge/go-text.ts';
import { jsonPatch } from '../merge/json-patch.ts';
import { mergePatch } from '../merge/merge-patch.ts';
import { strategicMerge } from '../merge/strategic-merge.ts';
import type { Call, Patch, ResourceType, WriteQuery, Written } from '../model.ts';
import { decodePatched, defaulted } from './decode.ts';
import { demandName, inNamespace, withUniqueOwners } from './identity.ts';
import { applied, tracked } from './ownership.ts';
import { type Change, change } from './update.ts';
import { apiVersionOf } from './versions.ts';
import type { World } from './world.ts';

/** Patches an object, or a part of it; an apply creates what is absent. */
export function patch(world: World, call: Call, wanted: Patch, query: WriteQuery): Written {
  demandPatchable(call.type, wanted);
  const apply = wanted.type === 'apply';
  return change(world, call, query, {
    creates: apply && call.subresource === undefined,
    next: (live) => {
      const made = apply
        ? next(world, call, wanted.patch as KubernetesObject, query, live)
        : patched(world, call, wanted, query, live as KubernetesObject);
      return placed(call, made, live);
    },
  });
}

/** Throws 415 for a strategic merge patch of a custom kind, which has no merge keys. */
export function demandPatchable({ custom }: ResourceType, wanted: Patch): void {
  if (wanted.type !== 'strategic' || !custom) return;
  const accepted = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  throw new ApiError(415, 'UnsupportedMediaType', message);
}

/** `live` with a patch that is no apply. */
export function patchedValue(type: ResourceType, wanted: Patch, live: KubernetesObject): KubernetesObject {
  if (wanted.type === 'json') return jsonPatch(live, wanted.patch);
  if (wanted.type === 'merge') return mergePatch(live, wanted.patch);
  return strategicMerge(live, wanted.patch, type.schema);
}

function patched(
  world: World,
  call: Call,
  wanted: Patch,
  query: WriteQuery,
  live: KubernetesObject,
): ReturnType<Change['next']> {
  const result = patchedValue(call.type, wanted, live);
  // A strategic patch is told as Go prints it.
  const shown = wanted.type === 'strategic' ? goText(wanted.patch) : undefined;
  const { object, warnings } = decodePatched(world, call.type, result, query, shown);
  return { object: tracked(world, call, query, live, object), warnings };
}

function next(
  world: World,
  call: Call,
  configuration: KubernetesObject,
  query: WriteQuery,
  live: KubernetesObject | undefined,
): ReturnType<Change['next']> {
  const { type } = call;
  if (configuration.kind !== type.kind || configuration.apiVersion !== apiVersionOf(type)) {
    throw badRequest(`invalid object type: ${kindText(configuration)}`);
  }
  const sent = configuration.metadata ? configuration : { ...configuration, metadata: {} as never };
  const made = applied(world, call, query, live, sent);
  if (made === live) return { object: live, warnings: [] };
  return { object: defaulted(world, type, made), warnings: [] };
}

function placed(
  call: Call,
  made: ReturnType<Change['next']>,
  live: KubernetesObject | undefined,
): ReturnType<Change['next']> {
  const { uid } = made.object.metadata;
  if (!live && uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(call.type, call.name, why);
  }
  const object = inNamespace(call, made.object);
  demandName(call, object);
  const unique = withUniqueOwners(object, true);
  return { object: unique.object, warnings: [...made.warnings, ...unique.warnings] };
}

function kindText({ apiVersion = '', kind = '' }: KubernetesObject): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
