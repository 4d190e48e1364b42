import { ApiError } from '../../../infra/local/cluster/api-error.ts';
import { applyConfiguration } from '../../../infra/local/cluster/merge/apply.ts';
import { jsonPatch } from '../../../infra/local/cluster/merge/json-patch.ts';
import { mergePatch } from '../../../infra/local/cluster/merge/merge-patch.ts';
import { resetFields } from '../../../infra/local/cluster/merge/reset-fields.ts';
import { strategicMerge } from '../../../infra/local/cluster/merge/strategic-merge.ts';
import { trackUpdate } from '../../../infra/local/cluster/merge/track.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Kind } from './kinds.ts';
import type { Write } from './writes.ts';

/** What the merge makes of a write: the object before defaults, and with its managedFields; or the refusal. */
export type Replayed =
  | { readonly written: KubernetesObject; readonly refusal?: never }
  | { readonly written?: never; readonly refusal: ApiError };

/** Does a write as the cluster does; `live` is in the request's version. */
export function replay(kind: Kind, write: Write, live: KubernetesObject | undefined, now: Date): Replayed {
  try {
    return { written: perform(kind, write, live, now) };
  } catch (error) {
    if (error instanceof ApiError) return { refusal: error };
    throw error;
  }
}

/** What both kinds of writes must know. */
export function settingOf(kind: Kind, { apiVersion, manager, subresource }: Write, now: Date) {
  const custom = kind.custom && { custom: { definition: '', columns: [], selectableFields: [] } };
  const { group, plural } = kind;
  const type = { group, plural, subresources: kind.hasStatus ? ['status'] : [], ...custom };
  const fields = resetFields(type, subresource);
  const versions: Readonly<Record<string, typeof kind.schema>> = {
    [kind.apiVersion]: kind.schema,
    ...kind.versions,
  };
  const schema = versions[apiVersion] as typeof kind.schema;
  return {
    ...{ apiVersion, schema, manager, now, custom: kind.custom },
    schemaOf: (version: string) => versions[version],
    ...(subresource && { subresource }),
    ...(fields && { reset: fields }),
  };
}

function perform(kind: Kind, write: Write, live: KubernetesObject | undefined, now: Date): KubernetesObject {
  const setting = settingOf(kind, write, now);
  if (write.how === 'apply') {
    return applyConfiguration({
      ...setting,
      live,
      applied: write.body as KubernetesObject,
      force: write.force,
    });
  }
  const after = patched(write, live, setting.schema);
  return trackUpdate({ ...setting, before: live, after });
}

function patched(
  { how, body }: Write,
  live: KubernetesObject | undefined,
  schema: Kind['schema'],
): KubernetesObject {
  if (how === 'create' || how === 'update' || !live) return body as KubernetesObject;
  if (how === 'json') return jsonPatch(live, body);
  return how === 'merge' ? mergePatch(live, body) : strategicMerge(live, body, schema);
}
