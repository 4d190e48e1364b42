import type { GitRepository } from '../../api/git-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { codeCommitLogin, codeCommitRegion } from '../../core/code-commit.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { Asker, GitAuth, GitHubApp, ProxyAddress } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import type { SecretData } from '../source/secrets.ts';
import type { AuthResult } from './auth.ts';

/** What Azure DevOps calls itself to Entra ID. */
const AZURE_DEVOPS = '499b84ac-1321-427f-aa17-267ca6975798/.default';
const AZURE_DEVOPS_HOST = /^(?:dev\.azure\.com|[a-z0-9-]{1,63}\.visualstudio\.com)$/;
/** Whose name a GitHub App's token goes by. */
const GITHUB_USER = 'x-access-token';

/** `auth` with what `spec.provider` gives instead of a user and a password (GR-12 to GR-15). */
export async function authOfProvider(
  object: GitRepository,
  auth: GitAuth,
  secret: SecretData | undefined,
  proxy: ProxyAddress | undefined,
  scope: Scope,
): Promise<AuthResult> {
  const { username: _user, password: _word, bearerToken: _token, ...rest } = auth;
  const { spec } = object;
  try {
    if (spec.provider === 'aws') return await codeCommit(object, rest, scope);
    if (spec.provider === 'azure') {
      refuseElsewhere(object, auth, scope);
      const asked = { ...askerOf(object, scope), scope: AZURE_DEVOPS };
      const { token, as = null } = await scope.ports.identities.azureToken(asked);
      return { ok: true, auth: { ...rest, bearerToken: token }, lent: as };
    }
    if (spec.provider !== 'github') return { ok: true, auth };
    const app = githubApp(secret);
    if (typeof app === 'string')
      return refused(app, REASON.invalidProviderConfiguration, secret === undefined);
    const { ca, clientCertificate } = auth;
    const { record, ports, signal } = scope;
    const { token, as = null } = await ports.identities.githubToken(app, {
      ...{ http: ports.http(record.settings.profile), signal },
      ...(ca && { ca }),
      ...(clientCertificate && { clientCertificate }),
      ...(proxy && { proxy }),
    });
    return { ok: true, auth: { ...rest, username: GITHUB_USER, password: token }, lent: as };
  } catch (error) {
    if (!isFault(error)) throw error;
    const text = `failed to configure authentication options: ${redact(messageOf(error))}`;
    return refused(text, REASON.authenticationFailed, isFault(error, 'forbidden', 'invalid'));
  }
}

/** What is registered with the cluster is lent to all its tenants: its token goes to Azure DevOps itself, as the machine's own roots know it. */
function refuseElsewhere({ spec }: GitRepository, { ca }: GitAuth, { record }: Scope): void {
  const { identityServiceAccount } = record.settings;
  if (spec.serviceAccountName !== undefined || identityServiceAccount === undefined) return;
  const url = new URL(spec.url);
  if (url.protocol === 'https:' && AZURE_DEVOPS_HOST.test(url.host) && ca === undefined) return;
  const form = 'https://dev.azure.com and https://NAME.visualstudio.com, without ca.crt in the Secret';
  const text = `'${url.host}' gets no token of the cluster's registered identity: only ${form}, do; name a service account`;
  throw new Fault('forbidden', text);
}

/** CodeCommit's password is for fifteen minutes of everything that the identity may do to a repository. */
function refuseVouching({ spec }: GitRepository, { ca }: GitAuth, { record }: Scope): void {
  const { identityRoleArn, identityServiceAccount } = record.settings;
  const isLent =
    spec.serviceAccountName === undefined && (identityRoleArn ?? identityServiceAccount) !== undefined;
  if (!isLent || ca === undefined) return;
  const advice = 'take that away, or name a service account';
  const text = `the cluster's registered identity is not shown to whom ca.crt in the Secret makes trusted; ${advice}`;
  throw new Fault('forbidden', text);
}

async function codeCommit(object: GitRepository, auth: GitAuth, scope: Scope): Promise<AuthResult> {
  refuseVouching(object, auth, scope);
  const { url } = object.spec;
  const region = codeCommitRegion(url);
  const keys = await scope.ports.identities.awsKeys({ ...askerOf(object, scope), region });
  const login = codeCommitLogin(url, region, keys, scope.ports.clock.now());
  return { ok: true, auth: { ...auth, ...login }, lent: keys.as ?? null };
}

function askerOf({ spec, metadata }: GitRepository, { record, cluster, signal }: Scope): Asker {
  const { serviceAccountName } = spec;
  const account = serviceAccountName === undefined ? {} : { serviceAccount: serviceAccountName };
  return { record, cluster, namespace: metadata.namespace, signal, ...account };
}

/** The App that the Secret describes, or what is missing, in upstream's words. */
export function githubApp(secret: SecretData | undefined): GitHubApp | string {
  const {
    githubAppID: id,
    githubAppInstallationID: installation,
    githubAppInstallationOwner: owner,
    githubAppPrivateKey: privateKey,
    githubAppBaseURL: baseUrl,
  } = secret ?? {};
  if (id === undefined)
    return 'secretRef with github app data must be specified when provider is set to github';
  if (!/^[1-9]\d*$/.test(id)) return 'app ID must be provided to use github app authentication';
  if (!installation && !owner)
    return 'app installation owner or ID must be provided to use github app authentication';
  if (installation && owner)
    return 'only one of app installation owner or ID must be provided to use github app authentication';
  if (installation && !/^\d+$/.test(installation)) return 'the app installation ID must be a number';
  if (!privateKey) return 'private key must be provided to use github app authentication';
  return {
    ...{ id, privateKey, installation: installation ? { id: installation } : { owner: owner ?? '' } },
    ...(baseUrl && { baseUrl }),
  };
}

function refused(message: string, reason: string, stalling: boolean): AuthResult {
  const trouble = { condition: 'FetchFailed', reason, message } as const;
  return { ok: false, trouble: stalling ? { ...trouble, stalling } : trouble };
}
