import type { Entry, Nature, Store, User } from '../model.ts';
import { metadataOf } from '../store/entry.ts';
import { contentOf } from './content.ts';
import { type Claims, claimedIssuer, type TokenKey } from './jwt.ts';
import {
  type BoundClaims,
  type BoundReference,
  type KubernetesClaims,
  LEEWAY_SECONDS,
  SECRET_ISSUER,
  type SecretClaims,
} from './service-account-claims.ts';
import {
  CREDENTIAL_ID,
  NODE_NAME,
  quote,
  quoteAll,
  serviceAccountGroups,
  serviceAccountName,
} from './subjects.ts';

/** What is known of a token: whose it is and for whom, or why it is nobody's; undefined when it is no ServiceAccount's at all. */
export type TokenVerdict =
  | { readonly user: User; readonly audiences: readonly string[] }
  | { readonly error: string }
  | undefined;

/** Where tokens are checked. */
export interface TokenWorld {
  readonly store: Pick<Store, 'get'>;
  readonly nature: Pick<Nature, 'now'>;
  readonly key: TokenKey;
  /** Of TokenRequest's tokens, and their audience when none is asked for. */
  readonly issuer: string;
}

const POD_NAME = 'authentication.kubernetes.io/pod-name';
const POD_UID = 'authentication.kubernetes.io/pod-uid';
const NODE_UID = 'authentication.kubernetes.io/node-uid';

const INVALIDATED = 'service account token has been invalidated';

/** Whose `token` is, if one of `audiences` is meant: it must be signed by this cluster's key, be valid now, and its ServiceAccount and what it is bound to must still be there with their uids. */
export function readServiceAccountToken(
  world: TokenWorld,
  token: string,
  audiences: readonly string[],
): TokenVerdict {
  const issuer = claimedIssuer(token);
  if (issuer !== SECRET_ISSUER && issuer !== world.issuer) return undefined;
  const read = world.key.read(token);
  if ('error' in read) return read;
  const fromSecret = issuer === SECRET_ISSUER;
  const meant = fromSecret ? [world.issuer] : textsOf(read.claims.aud);
  const common = meant.filter((audience) => audiences.includes(audience));
  if (common.length === 0) {
    const error = `token audiences ${quoteAll(meant)} is invalid for the target audiences ${quoteAll(audiences)}`;
    return { error };
  }
  const user = fromSecret ? secretUser(world, token, read.claims) : boundUser(world, read.claims);
  return typeof user === 'string' ? { error: user } : { user, audiences: common };
}

function boundUser(world: TokenWorld, claims: Claims): User | string {
  const { exp, iat, nbf, jti, 'kubernetes.io': kubernetes } = claims as unknown as Partial<BoundClaims>;
  const now = Math.floor(world.nature.now().getTime() / 1000);
  if (typeof exp !== 'number' || now > exp + LEEWAY_SECONDS) return 'service account token has expired';
  if (nbf !== undefined && now + LEEWAY_SECONDS < nbf) return 'service account token is not valid yet';
  if (iat !== undefined && now + LEEWAY_SECONDS < iat) return 'service account token is issued in the future';
  const { namespace = '', serviceaccount } = kubernetes ?? {};
  if (!kubernetes || !serviceaccount) return 'service account token has no ServiceAccount';
  const { name, uid } = serviceaccount;
  const entry = world.store.get('/serviceaccounts', namespace, name);
  if (!entry) return `serviceaccounts ${quote(name)} not found`;
  if (entry.uid !== uid) return `service account UID (${entry.uid}) does not match claim (${uid})`;
  if (isLeaving(world, entry)) return `service account ${namespace}/${name} has been deleted`;
  const gone = brokenBond(world, kubernetes);
  if (gone !== undefined) return gone;
  const extra = extraOf(kubernetes, jti);
  return {
    ...serviceAccountUser(namespace, name, uid),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** What became of the object that a token is bound to. */
function brokenBond(
  world: TokenWorld,
  { namespace, secret, pod, node }: KubernetesClaims,
): string | undefined {
  const bonds: readonly (readonly [string, string, string, Partial<BoundReference> | undefined])[] = [
    ['secret', '/secrets', namespace, secret],
    ['pod', '/pods', namespace, pod],
    // A pod's token tells its node, and does not depend on it.
    ['node', '/nodes', '', pod ? undefined : node],
  ];
  for (const [what, id, home, bond] of bonds) {
    if (!bond) continue;
    const entry = world.store.get(id, home, bond.name ?? '');
    if (!entry || isLeaving(world, entry)) return INVALIDATED;
    if (entry.uid !== bond.uid) {
      return `${what} UID (${entry.uid}) does not match service account ${what} ref claim (${bond.uid})`;
    }
  }
  return undefined;
}

function secretUser(world: TokenWorld, token: string, claims: Claims): User | string {
  const {
    sub,
    'kubernetes.io/serviceaccount/namespace': namespace = '',
    'kubernetes.io/serviceaccount/secret.name': secretName = '',
    'kubernetes.io/serviceaccount/service-account.name': name = '',
    'kubernetes.io/serviceaccount/service-account.uid': uid = '',
  } = claims as unknown as Partial<SecretClaims>;
  if (sub !== serviceAccountName(namespace, name)) return 'sub claim is invalid';
  const secret = world.store.get('/secrets', namespace, secretName);
  if (!secret || metadataOf(secret).deletionTimestamp) return 'Token has been invalidated';
  const { data } = contentOf<{ data: Readonly<Record<string, string>> }>(secret);
  if (Buffer.from(data?.token ?? '', 'base64').toString() !== token) {
    return "Token does not match server's copy";
  }
  const entry = world.store.get('/serviceaccounts', namespace, name);
  if (!entry) return `serviceaccounts ${quote(name)} not found`;
  if (metadataOf(entry).deletionTimestamp) return `ServiceAccount ${namespace}/${name} has been deleted`;
  if (entry.uid !== uid) return `ServiceAccount UID (${entry.uid}) does not match claim (${uid})`;
  return serviceAccountUser(namespace, name, uid);
}

function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return { name: serviceAccountName(namespace, name), uid, groups: serviceAccountGroups(namespace) };
}

function extraOf({ pod, node }: KubernetesClaims, jti: string | undefined): Record<string, string[]> {
  return {
    ...(pod && { [POD_NAME]: [pod.name], [POD_UID]: [pod.uid] }),
    ...(jti && { [CREDENTIAL_ID]: [`JTI=${jti}`] }),
    ...(node && { [NODE_NAME]: [node.name], ...(node.uid && { [NODE_UID]: [node.uid] }) }),
  };
}

/** Whether it has been deleted for longer than a clock may be off; the end is in the future while a pod may still finish. */
function isLeaving({ nature }: TokenWorld, entry: Entry): boolean {
  const { deletionTimestamp } = metadataOf(entry);
  if (!deletionTimestamp) return false;
  return Date.parse(deletionTimestamp) < nature.now().getTime() - LEEWAY_SECONDS * 1000;
}

function textsOf(claim: unknown): readonly string[] {
  return [claim].flat().filter((value) => typeof value === 'string');
}
