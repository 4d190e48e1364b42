import { Fault } from '../failures.ts';
import { type AwsCredentials, NO_PAYLOAD, presignV4 } from '../sigv4.ts';

/** How long EKS takes a token for good, seconds; fixed by its authenticator. */
const EKS_TOKEN_SECONDS = 900;
/** What a cluster's name is bound by in the signature. */
const CLUSTER_HEADER = 'x-k8s-aws-id';

/** The audience of the tokens that STS takes from a cluster's issuer. */
export const AWS_AUDIENCE = 'sts.amazonaws.com';
/** Names the role of a ServiceAccount. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';

/** Upstream's pattern for a role, anchored, with the characters that IAM allows. */
const ROLE = /^arn:aws[\w-]*:iam::[0-9]{1,30}:role\/[\w+=,.@/-]{1,200}$/;
// Upstream takes anything for a region; it becomes part of a host name here.
const REGION = /^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$/;
const CLUSTER = /^arn:(aws[\w-]*):eks:([^:]{1,100}):[0-9]{1,30}:cluster\/([0-9A-Za-z][A-Za-z0-9_-]{0,99})$/;

/** A cluster of EKS by its ARN. */
export interface EksCluster {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
}

/** Fault `invalid` for what is no ARN of an EKS cluster. */
export function parseEksCluster(arn: string): EksCluster {
  const [, , region = '', name = ''] = CLUSTER.exec(arn) ?? [];
  if (REGION.test(region)) return { arn, name, region };
  const form = 'arn:aws:eks:REGION:ACCOUNT:cluster/NAME';
  throw new Fault('invalid', `invalid EKS cluster ARN: '${arn}'. must be ${form}`, { field: 'cluster' });
}

/** The role in a ServiceAccount's annotations. Fault `invalid`. */
export function roleOf(annotations: Readonly<Record<string, string>> | undefined): string {
  const role = annotations?.[ROLE_ANNOTATION] ?? '';
  if (ROLE.test(role)) return role;
  const form = 'arn:aws:iam::ACCOUNT:role/NAME';
  throw new Fault('invalid', `invalid ${ROLE_ANNOTATION} annotation: '${role}'. must be ${form}`, {
    field: ROLE_ANNOTATION,
  });
}

/** `https://<service>.<region>.<partition's domain>`. Fault `invalid` for what is no region: it comes from tenants. */
export function awsEndpoint(service: string, region: string): string {
  if (!REGION.test(region))
    throw new Fault('invalid', `invalid AWS region: '${region}'`, { field: 'region' });
  return `https://${service}.${region}.${domainOf(region)}`;
}

// Upstream's pattern, but for whole names: its own also fits `https://<anybody>/x.sts.amazonaws.com`, which would get the token.
const STS_ENDPOINT =
  /^https:\/\/(?:[a-z0-9-]{1,63}\.)?sts(?:-fips)?(?:\.[a-z0-9-]{1,63})?(?:\.vpce)?\.amazonaws\.com$/;

/** An STS of AWS that a tenant names, such as that of a VPC endpoint. Fault `invalid` for what is none. */
export function stsEndpointOf(endpoint: string): string {
  if (STS_ENDPOINT.test(endpoint)) return endpoint;
  const form = 'https://[NAME.]sts[-fips][.REGION][.vpce].amazonaws.com';
  throw new Fault('invalid', `invalid STS endpoint: '${endpoint.slice(0, 200)}'. must be ${form}`, {
    field: 'endpoint',
  });
}

function domainOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  if (region.startsWith('eusc-')) return 'amazonaws.eu';
  return 'amazonaws.com';
}

/** The name by which a role's session is seen in CloudTrail, at most STS's 64 characters. */
export function sessionNameOf(namespace: string, account: string, region: string): string {
  return `${account}.${namespace}.${region}.fluxcd.io`.slice(0, 64);
}

/** A token for the API server of `cluster`: a presigned question to STS who the keys' owner is, valid for 15 minutes. */
export function eksToken(
  cluster: Pick<EksCluster, 'name' | 'region'>,
  keys: AwsCredentials,
  now: Date,
  sts = awsEndpoint('sts', cluster.region),
): { readonly token: string; readonly expiresAt: Date } {
  const url = new URL(`${sts}/?Action=GetCallerIdentity&Version=2011-06-15`);
  const request = { method: 'GET', url, headers: { [CLUSTER_HEADER]: cluster.name }, payload: NO_PAYLOAD };
  const scope = { region: cluster.region, service: 'sts', now };
  const signed = presignV4(request, keys, scope, EKS_TOKEN_SECONDS);
  const token = `k8s-aws-v1.${Buffer.from(signed.href).toString('base64url')}`;
  return { token, expiresAt: new Date(now.getTime() + EKS_TOKEN_SECONDS * 1000) };
}
