import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { FieldError } from './api-error.ts';
import type { Nature, ResourceType, Store } from './model.ts';

/** What a strategy may look at beside the object: for addresses, names and the like that must be free. */
export interface StrategyWorld {
  readonly store: Store;
  readonly nature: Nature;
}

/** What the API server itself does to objects of one kind; pure but for what it looks up. */
export interface Strategy {
  /** Defaults as the server's decoder sets them, before field managers are recorded: of creates, updates and patches. */
  defaults(object: KubernetesObject): KubernetesObject;
  /** Before a create is stored: status dropped, generation set, `stringData` folded, addresses given out. */
  prepareCreate(object: KubernetesObject, world: StrategyWorld): KubernetesObject;
  /** Before an update of the main resource or of `subresource` is stored: what it may not touch is as in `old`, generation moves or stays. */
  prepareUpdate(
    object: KubernetesObject,
    old: KubernetesObject,
    subresource: string | undefined,
    world: StrategyWorld,
  ): KubernetesObject;
  /** All that is wrong with a new object (`old` undefined) or a change, beyond what every object's metadata must be. */
  validate(
    object: KubernetesObject,
    old: KubernetesObject | undefined,
    subresource: string | undefined,
  ): readonly FieldError[];
  /** Seconds until a deletion without `gracePeriodSeconds` takes effect; 0 for all but pods. */
  gracePeriodSeconds(object: KubernetesObject): number;
}

/** The strategy of a built-in kind or of a custom one. */
export type Strategies = (type: ResourceType) => Strategy;
