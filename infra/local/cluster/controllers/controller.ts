import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Api, Catalog, Change, Nature, ResourceId, Store } from '../model.ts';
import type { Actor } from './actor.ts';
import type { Delays } from './delays.ts';
import type { Tell } from './record.ts';

/** What controllers work with. */
export interface ControllerWorld {
  readonly api: Api;
  readonly store: Store;
  readonly catalog: Catalog;
  readonly nature: Nature;
  readonly delays: Delays;
  /** The cluster's CA as PEM, for `kube-root-ca.crt`. */
  readonly authority: string;
  /** Fills a Secret of type `kubernetes.io/service-account-token`; undefined when its account is gone. */
  readonly issueToken: (secret: KubernetesObject) => KubernetesObject | undefined;
  /** What is to happen to objects next, by uid, and when it is due: as milliseconds of the epoch. */
  readonly pending: Map<string, { readonly step: string; readonly due: number }>;
  /** Hears of what a controller could not do now and tries again later. */
  readonly onFailure: (controller: string, key: Key, error: unknown) => void;
  /** Tells people what happened, as Events. */
  readonly tell: Tell;
  /** The controller manager's hand. */
  readonly manager: Actor;
}

/** Names one object: of a namespace, or of the cluster when it is empty. */
export interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** One loop that brings objects to where they should be. */
export interface Controller {
  readonly name: string;
  /** The resources whose changes it hears of; all when absent. */
  readonly watches?: readonly ResourceId[];
  /** The objects that a change concerns. */
  concerns(change: Change, world: ControllerWorld): readonly Key[];
  /** Looks at one object and acts; milliseconds until it wants to look again, when it does by itself. Throws to try again later. */
  sync(key: Key, world: ControllerWorld): number | undefined;
}
