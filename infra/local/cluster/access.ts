import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Call, User } from './model.ts';

/** What a request says about who sends it. */
export interface Presented {
  /** Lower case names; of a header that came more than once all values, as of `headersDistinct`: a joined one would be another value. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Subject of a client certificate that our authority signed; of one that proves nothing, both are empty. */
  readonly certificate?:
    | {
        readonly commonName: string;
        readonly organizations: readonly string[];
        /** SHA-256 of the certificate, in hex. */
        readonly digest?: string;
      }
    | undefined;
}

/** What somebody wants to do, in RBAC's words. */
export type Attempt =
  | {
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly verb: string; readonly path: string };

/** Authentication and authorisation. */
export interface Access {
  /** The user, impersonated where the headers say so and it may; `attempt` is what it then wants to do, which constrained impersonation depends on. Throws ApiError 400, 401 or 403. */
  identify(presented: Presented, attempt?: Attempt): User;
  /** Whether RBAC (or group system:masters) allows it; `reason` names the binding that does. */
  allows(user: User, attempt: Attempt): { readonly allowed: boolean; readonly reason: string };
  /** Throws ApiError 403 in the API server's words when it is not allowed. */
  demand(user: User, attempt: Attempt): void;
  /** Refuses roles and bindings that would give more than the user has (verbs escalate and bind excepted). */
  demandNoEscalation(call: Call, object: KubernetesObject): void;
}

/** A resource that is answered and never stored, such as SelfSubjectAccessReview; by resource id, or `id/subresource` such as `/serviceaccounts/token`. */
export type VirtualResources = ReadonlyMap<
  string,
  (call: Call, object: KubernetesObject) => KubernetesObject
>;
