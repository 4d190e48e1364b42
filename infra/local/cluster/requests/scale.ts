import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, badRequest, invalid } from '../api-error.ts';
import type { Call, Patch, ResourceType, ScalePaths, WriteQuery, Written } from '../model.ts';
import { wrong } from '../strategies/rules/errors.ts';
import { defaulted } from './decode.ts';
import { demandName, inNamespace } from './identity.ts';
import { demandPatchable, patchedValue } from './patch.ts';
import {
  appliedScale,
  SCALE_VERSION,
  trackedScale,
  withOwnersOfScale,
  withScaleOwners,
} from './scale-owners.ts';
import { selectorText } from './selectors/selector-text.ts';
import { findEntry, shownObject } from './stored-object.ts';
import { change } from './update.ts';
import type { World } from './world.ts';

const BUILT_IN: ScalePaths = { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas' };

interface Scale extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
}

/** The Scale of an object. Throws 404. */
export function readScale(world: World, call: Call): KubernetesObject {
  return scaleOf(call.type, shownObject(world, findEntry(world, call), call.type), false);
}

/** Writes the replicas of a Scale into its object. */
export function updateScale(world: World, call: Call, body: KubernetesObject, query: WriteQuery): Written {
  const scale = inNamespace(call, { ...body, metadata: body.metadata ?? {} } as KubernetesObject);
  demandName(call, scale);
  const { uid } = scale.metadata;
  return scaled(world, call, query, (live) => trackedScale(world, query, live, scale), uid);
}

/** Patches the Scale of an object. */
export function patchScale(world: World, call: Call, wanted: Patch, query: WriteQuery): Written {
  demandPatchable(call.type, wanted);
  const sent = wanted.patch as KubernetesObject;
  if (wanted.type === 'apply') demandScale(sent);
  return scaled(world, call, query, (live) => {
    const patched =
      wanted.type === 'apply'
        ? appliedScale(world, call, query, live, { ...sent, metadata: sent.metadata ?? {} })
        : trackedScale(world, query, live, patchedValue(call.type, wanted, live));
    demandName(call, patched);
    return patched;
  });
}

function demandScale({ apiVersion, kind }: KubernetesObject): void {
  if (kind === 'Scale' && apiVersion === SCALE_VERSION) return;
  throw badRequest(`invalid object type: ${apiVersion}, Kind=${kind}`);
}

function scaled(
  world: World,
  call: Call,
  query: WriteQuery,
  next: (live: KubernetesObject) => KubernetesObject,
  uid?: string,
): Written {
  const { type } = call;
  const written = change(world, call, query, {
    creates: false,
    ...(uid && { uid }),
    next: (live) => {
      const parent = live as KubernetesObject;
      const scale = next(withScaleOwners(world, type, scaleOf(type, parent, true), parent));
      const { spec, metadata } = scale as Scale;
      const replicas = demandReplicas(call, spec?.replicas);
      const after = withValue(parent, pathsOf(type).specReplicas, replicas);
      const owned = withOwnersOfScale(world, type, after, scale);
      const object = type.custom ? defaulted(world, type, owned) : owned;
      const { resourceVersion } = metadata;
      return {
        object: { ...object, metadata: { ...object.metadata, ...(resourceVersion && { resourceVersion }) } },
        warnings: [],
      };
    },
  });
  return { ...written, object: scaleOf(type, written.object, false) };
}

function demandReplicas({ type, name }: Call, replicas: unknown = 0): number {
  const field = type.custom ? pathsOf(type).specReplicas : 'spec.replicas';
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    const found =
      typeof replicas === 'boolean' ? 'bool' : Array.isArray(replicas) ? 'array' : typeof replicas;
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${found} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas >= 0) return replicas;
  const why = type.custom ? 'should be a non-negative integer' : 'must be greater than or equal to 0';
  const kind = type.custom ? type : { group: 'autoscaling', kind: 'Scale' };
  throw invalid(kind, name, [wrong(field, replicas, why)]);
}

function pathsOf(type: ResourceType): ScalePaths {
  return type.custom?.scale ?? BUILT_IN;
}

function scaleOf(type: ResourceType, object: KubernetesObject, lenient: boolean): KubernetesObject {
  const paths = pathsOf(type);
  const replicas = valueAt(object, paths.specReplicas);
  if (replicas === undefined && type.custom && !lenient) {
    const message = `the spec replicas field ${JSON.stringify(paths.specReplicas)} does not exist`;
    throw new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, {
      causes: [{ message }],
    });
  }
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = type.custom
    ? paths.labelSelector && valueAt(object, paths.labelSelector)
    : selectorText((object.spec as { readonly selector?: unknown } | undefined)?.selector);
  return {
    kind: 'Scale',
    apiVersion: SCALE_VERSION,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubernetesObject['metadata'],
    spec: replicas ? { replicas } : {},
    status: { replicas: valueAt(object, paths.statusReplicas) ?? 0, ...(selector ? { selector } : {}) },
  };
}

function membersOf(path: string): readonly string[] {
  return path.split('.').filter((name) => name !== '');
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const name of membersOf(path)) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value ?? undefined;
}

function withValue<T>(object: T, path: string, value: unknown): T {
  const [first, ...rest] = membersOf(path);
  if (first === undefined) return value as T;
  const members = (object ?? {}) as Readonly<Record<string, unknown>>;
  return { ...members, [first]: withValue(members[first], rest.join('.'), value) } as T;
}
