import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { FieldError } from '../api-error.ts';
import type { ResourceType } from '../model.ts';
import type { Strategy, StrategyWorld } from '../strategy.ts';
import type { KindRules } from './kind-rules.ts';
import { demandQuota } from './quota/demand.ts';
import { decoded, emptied } from './rules/decoded.ts';
import type { Report } from './rules/errors.ts';
import { copyOf, type Fields, sameValue, withMetadata } from './rules/fields.ts';

const NO_SECONDS = 0;

/** The strategy of a built-in kind: what all have in common, and its own rules. */
export function builtIn(type: ResourceType, rules: KindRules): Strategy {
  const hasStatus = type.subresources.includes('status');

  function defaults(object: KubernetesObject): KubernetesObject {
    const made = decoded(type.kind, type.schema, object);
    rules.defaults?.(made);
    return made as KubernetesObject;
  }

  function prepareCreate(object: KubernetesObject, world: StrategyWorld): KubernetesObject {
    const made = copyOf(object) as Fields;
    if (hasStatus && !rules.keepsStatus)
      setOrDelete(made, 'status', emptied(type.kind, type.schema, 'status'));
    rules.create?.(made, world);
    demandQuota(type, made, world.store);
    // Kinds that count no generations keep what they are given.
    return withMetadata(made as KubernetesObject, rules.generation === undefined ? {} : { generation: 1 });
  }

  function prepareUpdate(
    object: KubernetesObject,
    old: KubernetesObject,
    subresource: string | undefined,
    world: StrategyWorld,
  ): KubernetesObject {
    const { generation } = old.metadata;
    if (subresource === 'status') return withMetadata(statusOnly(object, old), { generation });
    const made = copyOf(object) as Fields;
    if (subresource !== undefined && subresource !== 'scale') {
      rules.updateSubresource?.(made, old, subresource);
      return withMetadata(made as KubernetesObject, { generation });
    }
    if (hasStatus) setOrDelete(made, 'status', old.status);
    rules.update?.(made, old, world);
    return withMetadata(made as KubernetesObject, { generation: nextGeneration(made, old) });
  }

  function statusOnly(object: KubernetesObject, old: KubernetesObject): KubernetesObject {
    const made: Fields = { ...old, metadata: { ...object.metadata } };
    setOrDelete(made, 'status', object.status);
    const kept = (rules.statusKeeps ?? []).map((name) => [name, (old.metadata as unknown as Fields)[name]]);
    return withMetadata(made as KubernetesObject, Object.fromEntries(kept));
  }

  function nextGeneration(made: Fields, old: KubernetesObject): number | undefined {
    const { generation } = old.metadata;
    if (generation === undefined || rules.generation === undefined) return generation;
    if (rules.generation === 'still') return generation;
    const moves = rules.generation === 'spec' ? !sameValue(made.spec, old.spec) : rules.generation(made, old);
    return moves ? generation + 1 : generation;
  }

  function validate(
    object: KubernetesObject,
    old: KubernetesObject | undefined,
    subresource: string | undefined,
  ): readonly FieldError[] {
    const report: Report = [];
    if (subresource === 'status') {
      if (old) rules.validateStatus?.(report, object, old);
      return report;
    }
    if (subresource !== undefined && subresource !== 'scale') return report;
    rules.validate?.(report, object, old);
    return report;
  }

  return {
    defaults,
    prepareCreate,
    prepareUpdate,
    validate,
    gracePeriodSeconds: (object) => rules.graceSeconds?.(object) ?? NO_SECONDS,
  };
}

function setOrDelete(object: Fields, name: string, value: unknown): void {
  if (value === undefined) delete object[name];
  else object[name] = value;
}
