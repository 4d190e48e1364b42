import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import { signV4 } from '../../core/sigv4.ts';
import type { AwsKeys } from '../../ports.ts';
import type { RegistryCredentials } from '../credentials.ts';
import { isRecord } from '../descriptor.ts';
import type { Login } from '../known.ts';
import { type CloudAccess, keptLogin, post } from './access.ts';

/** Where the tokens of a registry come from. */
interface Service {
  readonly region: string;
  readonly host: string;
  /** As signatures and targets name it. */
  readonly name: 'ecr' | 'ecr-public';
  readonly target: string;
}

const PRIVATE =
  /^[0-9]{12}\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws)$/;
const PUBLIC = 'public.ecr.aws';
const PUBLIC_SERVICE: Service = {
  region: 'us-east-1',
  host: 'api.ecr-public.us-east-1.amazonaws.com',
  name: 'ecr-public',
  target: 'SpencerFrontendService.GetAuthorizationToken',
};

/** A token of ECR for the role that the object may assume. */
export async function loginToAws(registry: string, access: CloudAccess): Promise<RegistryCredentials> {
  const service = serviceOf(registry);
  const keys = await access.identities.awsKeys({ ...access.asker, region: service.region });
  const login = await keptLogin(access, registry, keys.secretAccessKey, () =>
    getToken(service, keys, access),
  );
  return { ...login, lent: keys.as ?? null };
}

/** Fault `invalid` for a registry that is not AWS's: nobody else gets a token. */
function serviceOf(registry: string): Service {
  if (registry === PUBLIC) return PUBLIC_SERVICE;
  const found = PRIVATE.exec(registry);
  if (found === null) throw new Fault('invalid', `invalid AWS registry: '${registry}'`, { registry });
  const [, fips = '', region = '', suffix = ''] = found;
  // The names under on.aws are of both address families, and so is what gives their tokens.
  const host =
    suffix === 'on.aws'
      ? `ecr${fips}.${region}.api.aws`
      : `${fips ? 'ecr-fips' : 'api.ecr'}.${region}.${suffix}`;
  return { region, host, name: 'ecr', target: 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' };
}

async function getToken(
  { region, host, name, target }: Service,
  keys: AwsKeys,
  access: CloudAccess,
): Promise<Login> {
  const url = new URL(`https://${host}/`);
  const body = '{}';
  const plain = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const request = { method: 'POST', url, headers: plain, payload: sha256Hex(body) };
  const headers = signV4(request, keys, { region, service: name, now: access.clock.now() });
  const answer = await post(access, url.href, headers, body);
  const data = isRecord(answer) ? answer.authorizationData : undefined;
  const first: unknown = Array.isArray(data) ? data[0] : data;
  const token = isRecord(first) ? first.authorizationToken : undefined;
  const pair = Buffer.from(typeof token === 'string' ? token : '', 'base64').toString();
  const colon = pair.indexOf(':');
  if (!isRecord(first) || colon <= 0) throw new Fault('malformed', `${host} returns no authorization data`);
  const expires = Number(first.expiresAt) * 1000;
  return {
    credentials: { kind: 'basic', username: pair.slice(0, colon), password: pair.slice(colon + 1) },
    expires: Number.isFinite(expires) ? expires : keys.expiresAt.getTime(),
  };
}
