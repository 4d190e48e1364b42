import type { Bucket } from '../../api/bucket.ts';
import { type AzureAddress, accountOf, isAzure } from '../../artifact/bucket/azure-address.ts';
import {
  type AzureProof,
  asNobody,
  byAccountKey,
  bySignature,
  byToken,
} from '../../artifact/bucket/azure-proof.ts';
import { openAzure } from '../../artifact/bucket/azure-reader.ts';
import {
  type Application,
  authorityOf,
  certificateIn,
  entraToken,
  STORAGE_SCOPE,
} from '../../artifact/bucket/entra-token.ts';
import type { GrantAccess } from '../../artifact/bucket/oauth-grant.ts';
import type { BucketReader } from '../../artifact/bucket/reader.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { HttpRequest } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readProxy } from '../source/proxy.ts';
import { readSecret, type SecretData } from '../source/secrets.ts';
import type { Result } from '../source/seen.ts';
import { askerOf, becoming, hasRegistered, isNobody } from './access.ts';
import { type Opener, type Opening, readTls, refused } from './access-result.ts';

type ProofOf = (access: GrantAccess) => AzureProof;

/** How a container is opened: with what the Secret holds, else as the object's account or the cluster's registered one, else as nobody. */
export async function readAzure(
  object: Bucket,
  address: AzureAddress,
  scope: Scope,
): Promise<Result<Opener>> {
  const { metadata, spec } = object;
  const secret = spec.secretRef && (await readSecret(metadata.namespace, spec.secretRef.name, scope));
  if (secret && 'trouble' in secret) return secret;
  // Counts for generic only, but has to be there.
  const tls = await readTls(metadata.namespace, spec.certSecretRef?.name, 'TLS config', scope);
  if ('trouble' in tls) return tls;
  const via = await readProxy(metadata.namespace, spec.proxySecretRef, scope);
  if ('trouble' in via) return via;
  const way: Pick<HttpRequest, 'proxy'> = via.proxy === undefined ? {} : { proxy: via.proxy };
  let proof: ProofOf;
  try {
    proof = secret ? proofOf(secret.data, address, scope) : lent(object, address, scope);
  } catch (error) {
    if (!isFault(error)) throw error;
    const where = spec.secretRef === undefined ? '' : `invalid '${spec.secretRef.name}' secret data: `;
    return refused(`${where}${redact(error.message)}`, secret === undefined);
  }
  const open = (opening: Opening): BucketReader => {
    const access = { ...opening, ...way };
    return openAzure(address, { ...access, prove: proof(access) });
  };
  const who = secret ? { secret: secret.data } : await whoAsks(object, address, scope);
  return { found: { open, access: who && { ...way, ...who } } };
}

/** As the account that the spec names, else as the cluster's registered one; the token is Azure's to see, and nobody else's. */
function lent(object: Bucket, address: AzureAddress, scope: Scope): ProofOf {
  if (object.spec.serviceAccountName === undefined) return registered(object, address, scope);
  if (!isAzure(address)) {
    const { host } = address.endpoint;
    const form = 'https://ACCOUNT.blob.core.windows.net';
    throw new Fault(
      'forbidden',
      `'${host}' gets no token of a service account: only ${form} and the like do`,
    );
  }
  const asked = { ...askerOf(object, scope), scope: STORAGE_SCOPE };
  return () => byToken(async () => (await scope.ports.identities.azureToken(asked)).token);
}

/** As nobody where nobody is registered who is somebody at Azure, as upstream does without credentials. */
function registered(object: Bucket, address: AzureAddress, scope: Scope): ProofOf {
  if (!hasRegistered(scope) || !isAzure(address)) return () => asNobody;
  const asked = { ...askerOf(object, scope), scope: STORAGE_SCOPE };
  const proof = byToken(async () => (await scope.ports.identities.azureToken(asked)).token);
  return () => async (request, now) => {
    try {
      return await proof(request, now);
    } catch (error) {
      if (isNobody(error)) return asNobody(request, now);
      throw error;
    }
  };
}

/** What stands for who asks without a Secret. */
async function whoAsks(object: Bucket, address: AzureAddress, scope: Scope): Promise<object | undefined> {
  if (!isAzure(address)) return {};
  const asked = { ...askerOf(object, scope), scope: STORAGE_SCOPE };
  return becoming(object, scope, () => scope.ports.identities.azureToken(asked));
}

/** In upstream's order: a service principal, an account's key, a signature (BK-04). Fault `invalid`. */
function proofOf(secret: SecretData, address: AzureAddress, { ports }: Scope): ProofOf {
  const application = applicationIn(secret);
  if (application !== undefined) {
    // One token for the listing and the downloads.
    let token: Promise<string> | undefined;
    return (access) =>
      byToken(() => {
        token ??= entraToken(application, access, ports.chance);
        return token;
      });
  }
  if (secret.clientId !== undefined)
    throw invalid(
      'clientId alone means the identity of the machine, and there is none here: add tenantId and clientSecret or clientCertificate',
    );
  if (secret.accountKey !== undefined) {
    const proof = byAccountKey(accountOf(address), secret.accountKey);
    return () => proof;
  }
  if (secret.sasKey !== undefined) {
    const proof = bySignature(secret.sasKey);
    return () => proof;
  }
  throw invalid(
    "requires a 'accountKey' or 'sasKey' field, or a combination of 'tenantId', 'clientId' and 'clientSecret' or 'clientCertificate'",
  );
}

function applicationIn(secret: SecretData): Application | undefined {
  const { tenantId: tenant, clientId: client, clientSecret, clientCertificate } = secret;
  if (tenant === undefined || client === undefined) return undefined;
  const named = { tenant, client };
  if (clientSecret) {
    return { ...named, authority: authorityOf(secret.authorityHost), proof: { secret: clientSecret } };
  }
  if (!clientCertificate) return undefined;
  const sendChain = ['1', 'true'].includes((secret.clientCertificateSendChain ?? '').toLowerCase());
  const proof = certificateIn(clientCertificate, secret.clientCertificatePassword ?? '', sendChain);
  return { ...named, authority: authorityOf(secret.authorityHost), proof };
}

function invalid(message: string): Fault {
  return new Fault('invalid', message);
}
