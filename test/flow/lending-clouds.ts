import { Fault } from '../../shared/core/failures.ts';
import type { Deployment, Http } from '../../shared/ports.ts';
import { type CloudReply, type CloudRequest, startCloudStub } from '../servers/cloud-stub.ts';
import type { Relay } from '../servers/relay.ts';

/** Names of clouds that lead to servers on loopback. */
export const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
export const CODE_COMMIT = 'git-codecommit.eu-central-1.amazonaws.com';
export const AZURE_BLOBS = 'team.blob.core.windows.net';
export const GOOGLE_STORAGE = 'storage.googleapis.com';
const HOSTS: readonly string[] = [ECR, AZURE_BLOBS, GOOGLE_STORAGE];

/** A service account of Google. */
export function emailOf(name: string): string {
  return `${name}@team.iam.gserviceaccount.com`;
}

/** A directory of Entra ID. */
export const TENANT = '11111111-1111-1111-1111-111111111111';

/** What a client of HTTP shows. */
export function basic({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Clouds that lend each cluster something else: all who are trusted become whom they ask for, strangers nobody. */
export async function openClouds() {
  const issued = new Set<string>();
  const lend = (): string => {
    const token = `lent-${issued.size}-x`;
    issued.add(token);
    return token;
  };
  const refuses = (token: string): boolean => token.includes('stranger');
  const session = (body: string): CloudReply => {
    const form = new URLSearchParams(body);
    if (form.get('Action') === 'AssumeRoleWithLDAPIdentity') return ofUser(form);
    if (refuses(form.get('WebIdentityToken') ?? ''))
      return [403, '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>'];
    return [200, `<X><Credentials>${keysXml(lend())}</Credentials></X>`];
  };
  const ofUser = (form: URLSearchParams): CloudReply => {
    if (form.get('LDAPPassword') !== 'word') return [403, ''];
    const result = `<Credentials>${keysXml(lend())}</Credentials>`;
    const [answer, wrapped] = ['AssumeRoleWithLDAPIdentityResponse', 'AssumeRoleWithLDAPIdentityResult'];
    return [200, `<${answer}><${wrapped}>${result}</${wrapped}></${answer}>`];
  };
  const ecr = (): CloudReply => {
    const authorizationToken = Buffer.from(`AWS:${lend()}`).toString('base64');
    return [200, { authorizationData: [{ authorizationToken, expiresAt: 4_000_000_000 }] }];
  };
  const entra = ({ body }: CloudRequest): CloudReply => {
    const { client_assertion: token = '' } = Object.fromEntries(new URLSearchParams(body));
    return refuses(token)
      ? [401, { error: 'invalid_client' }]
      : [200, { access_token: lend(), expires_in: 3600 }];
  };
  const google = ({ body }: CloudRequest): CloudReply =>
    refuses(new URLSearchParams(body).get('subject_token') ?? '')
      ? [400, { error: 'invalid_grant' }]
      : [200, { access_token: 'federated', expires_in: 3600 }];
  const lentByGoogle = (): CloudReply => [200, { accessToken: lend(), expireTime: '2040-01-01T00:00:00Z' }];
  const stub = await startCloudStub({
    'POST /': ({ body, headers }) => (headers['x-amz-target'] ? ecr() : session(body)),
    [`POST /${TENANT}/oauth2/v2.0/token`]: entra,
    'POST /v1/token': google,
    ...Object.fromEntries(['reader', 'other'].map((name) => [impersonation(name), lentByGoogle])),
  });
  return { stub, issued, lend, refuses };
}

function impersonation(name: string): string {
  return `POST /v1/projects/-/serviceAccounts/${emailOf(name)}:generateAccessToken`;
}

/** Keys of a session, others each time. */
function keysXml(token: string): string {
  return `<AccessKeyId>ASIA${token}</AccessKeyId><SecretAccessKey>${token}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>2040-01-01T00:00:00Z</Expiration>`;
}

/** Those. */
export type Clouds = Awaited<ReturnType<typeof openClouds>>;

/** The clouds' own names lead to servers on loopback, which let in whoever brings what was lent, as `login`. */
export function wayOf({ stub, issued }: Clouds, inner: Http, relay: Relay, login: string): Http {
  const toRelay = (url: string): string => {
    const { host, pathname, search } = new URL(url);
    if (host === CODE_COMMIT)
      return `${relay.url}${pathname.replace(/^\/v1\/repos\/([^/]+)/, '/$1.git')}${search}`;
    return HOSTS.includes(host) ? `${relay.url}${pathname}${search}` : url;
  };
  const whose = (authorization = ''): string => {
    const [scheme, rest = ''] = authorization.split(' ');
    return scheme === 'Basic' ? Buffer.from(rest, 'base64').toString() : rest;
  };
  return {
    request: async ({ url, headers = {}, ...rest }) => {
      if (new URL(url).host.startsWith('api.ecr.')) return inner.request({ ...rest, headers, url: stub.url });
      const isLent = [...issued].some((token) => whose(headers.authorization).includes(token));
      const shown =
        isLent && !headers.authorization?.startsWith('AWS4') ? { ...headers, authorization: login } : headers;
      return { ...(await inner.request({ ...rest, headers: shown, url: toRelay(url) })), url };
    },
  };
}

/** Who assumes the roles that are registered with clusters. */
export function assuming({ lend, refuses }: Clouds): NonNullable<Deployment['assumeIdentity']> {
  return async (role, cluster) => {
    if (refuses(cluster)) throw new Fault('unauthorized', `${role} cannot be assumed: AccessDenied`);
    const token = lend();
    const expiresAt = new Date(Date.now() + 900_000);
    return { accessKeyId: `ASIA${token}`, secretAccessKey: token, sessionToken: token, expiresAt };
  };
}
