import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { type ApiError, badRequest, conflict, type FieldError, invalid, notFound } from '../api-error.ts';
import type { Call, Entry, Nature } from '../model.ts';
import { contentOf, timestamp } from './content.ts';
import type { BoundReference, KubernetesClaims } from './service-account-claims.ts';
import type { TokenWorld } from './service-account-tokens.ts';
import { quote, serviceAccountName } from './subjects.ts';

interface TokenRequestSpec {
  readonly audiences?: readonly string[] | null;
  readonly expirationSeconds?: number | bigint | null;
  readonly boundObjectRef?: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly name?: string;
    readonly uid?: string;
  } | null;
}

interface PodContent {
  readonly spec: { readonly serviceAccountName?: string; readonly nodeName?: string };
}

const KIND = { group: 'authentication.k8s.io', kind: 'TokenRequest' } as const;

const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;

// A pod's projected token of this lifetime lives a year and says after when it should have been renewed.
const PROJECTED_SECONDS = 3607;
const PROJECTED_LIFE_SECONDS = 365 * 24 * 3600;

/** Answers TokenRequest, `serviceaccounts/token`: the object with a token in its status. Throws ApiError 400, 404, 409, 422. */
export function requestToken(
  world: TokenWorld & { readonly nature: Pick<Nature, 'now' | 'uuid'> },
  call: Call,
  request: KubernetesObject,
): KubernetesObject {
  const { namespace, name } = call;
  const account = accountOf(world, call, request);
  const spec = (request.spec ?? {}) as TokenRequestSpec;
  const audiences = spec.audiences && spec.audiences.length > 0 ? spec.audiences : [world.issuer];
  const seconds = lifetimeOf(spec);
  const bond = spec.boundObjectRef ? boundTo(world, namespace, name, spec.boundObjectRef) : {};

  const now = world.nature.now();
  const start = Math.floor(now.getTime() / 1000);
  const projected =
    bond.pod && seconds === PROJECTED_SECONDS && audiences.every((one) => one === world.issuer);
  const kubernetes: KubernetesClaims = {
    namespace,
    ...bond,
    serviceaccount: { name, uid: account.uid },
    ...(projected && { warnafter: start + seconds }),
  };
  const token = world.key.sign({
    aud: audiences,
    exp: start + (projected ? PROJECTED_LIFE_SECONDS : seconds),
    iat: start,
    iss: world.issuer,
    jti: world.nature.uuid(),
    'kubernetes.io': kubernetes,
    nbf: start,
    sub: serviceAccountName(namespace, name),
  });
  return {
    ...request,
    apiVersion: `${KIND.group}/v1`,
    kind: KIND.kind,
    metadata: {
      ...request.metadata,
      ...{ name, namespace, uid: account.uid, creationTimestamp: timestamp(now) },
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: timestamp(new Date((start + seconds) * 1000)) },
  };
}

function accountOf({ store }: TokenWorld, { namespace, name }: Call, { metadata }: KubernetesObject): Entry {
  if (metadata?.name && metadata.name !== name) {
    throw mustMatch(name, 'metadata.name', metadata.name, 'must match the service account name if specified');
  }
  if (metadata?.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const account = store.get('/serviceaccounts', namespace, name);
  if (!account) throw notFound({ group: '', plural: 'serviceaccounts' }, name);
  const uid = metadata?.uid;
  if (uid && uid !== account.uid) {
    const why = `the UID in the token request (${uid}) does not match the UID of the service account (${account.uid})`;
    throw clash(KIND, name, why);
  }
  return account;
}

function lifetimeOf({ expirationSeconds }: TokenRequestSpec): number {
  const seconds = Number(expirationSeconds ?? DEFAULT_SECONDS);
  const field = 'spec.expirationSeconds';
  if (seconds < LEAST_SECONDS) {
    throw mustMatch('', field, seconds, 'may not specify a duration less than 10 minutes');
  }
  if (seconds > MOST_SECONDS) {
    throw mustMatch('', field, seconds, 'may not specify a duration larger than 2^32 seconds');
  }
  return seconds;
}

/** The claims about the object that the token is to die with. */
function boundTo(
  { store }: TokenWorld,
  namespace: string,
  account: string,
  reference: NonNullable<TokenRequestSpec['boundObjectRef']>,
): Pick<KubernetesClaims, 'pod' | 'secret' | 'node'> {
  const { kind = '', apiVersion = '', name = '', uid } = reference;
  const bound = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind];
  if (!bound || apiVersion.includes('/')) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const entry = store.get(`/${bound}`, kind === 'Node' ? '' : namespace, name);
  if (!entry) throw notFound({ group: '', plural: bound }, name);
  const { spec } = kind === 'Pod' ? contentOf<PodContent>(entry) : {};
  if (kind === 'Pod' && spec?.serviceAccountName !== account) {
    const what = 'to pod running with different serviceaccount name.';
    throw badRequest(`cannot bind token for serviceaccount ${quote(account)} ${what}`);
  }
  if (uid && uid !== entry.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw clash({ group: '', kind }, name, why);
  }
  const bond: BoundReference = { name, uid: entry.uid };
  if (kind === 'Secret') return { secret: bond };
  if (kind === 'Node') return { node: bond };
  const node = spec?.nodeName;
  const known = node ? store.get('/nodes', '', node) : undefined;
  return { pod: bond, ...(node && { node: { name: node, ...(known && { uid: known.uid }) } }) };
}

/** The API server names a kind where conflicts name resources. */
function clash({ group, kind }: { group: string; kind: string }, name: string, why: string): ApiError {
  return conflict({ group, plural: kind }, name, why);
}

function mustMatch(name: string, field: string, value: unknown, message: string): ApiError {
  const error: FieldError = {
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
  };
  return invalid(KIND, name, [error]);
}
