/** What a token is bound to, and dies with. */
export interface BoundReference {
  readonly name: string;
  readonly uid: string;
}

/** The claim `kubernetes.io`. */
export interface KubernetesClaims {
  readonly namespace: string;
  readonly serviceaccount: BoundReference;
  readonly pod?: BoundReference;
  readonly secret?: BoundReference;
  readonly node?: { readonly name: string; readonly uid?: string };
  /** Unix seconds; such a token lives longer than was asked for. */
  readonly warnafter?: number;
}

/** Claims of a token of TokenRequest; times in Unix seconds. */
export interface BoundClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly iss: string;
  readonly jti: string;
  readonly sub: string;
  readonly 'kubernetes.io': KubernetesClaims;
}

/** Issuer of the tokens in Secrets, which never expire. */
export const SECRET_ISSUER = 'kubernetes/serviceaccount';

/** Claims of a token in a Secret. */
export interface SecretClaims {
  readonly iss: typeof SECRET_ISSUER;
  readonly sub: string;
  readonly 'kubernetes.io/serviceaccount/namespace': string;
  readonly 'kubernetes.io/serviceaccount/secret.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.uid': string;
}

/** How far a clock may be off (go-jose's leeway). */
export const LEEWAY_SECONDS = 60;
