import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import { sessionIn } from '../../core/identity/sts-answer.ts';
import { type AwsCredentials, signV4 } from '../../core/sigv4.ts';
import type { MasterKeyOf } from '../master-keys.ts';
import { type Asking, ask, askJson, bytesIn } from './ask.ts';

/** Whom AWS is asked as, in a region. */
export type AwsKeys = (region: string) => Promise<AwsCredentials>;

// Upstream's, but for the region, which becomes part of a host's name.
const ARN = /^arn:(aws[\w-]*):kms:([a-z0-9-]{1,40}):[0-9]+:(?:key|alias)\/.+$/;
const ROLE = /^arn:aws[\w-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/;
/** SOPS calls its sessions so, and by the host's name. */
const SESSION = 'sops@sluice';

/** A data key by AWS KMS; a role in the metadata is taken before. Faults of the network, `unauthorized`, `invalid`. */
export async function unwrapByAws(
  { arn, role, context, encrypted }: MasterKeyOf<'kms'>,
  asking: Asking,
  keys: AwsKeys,
): Promise<Uint8Array> {
  const [, partition = '', region = ''] = ARN.exec(arn) ?? [];
  if (region === '') throw new Fault('invalid', `no valid ARN found in '${arn.slice(0, 200)}'`);
  const place = { region, domain: partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com' };
  const own = await keys(region);
  const credentials = role === '' ? own : await assume(role, place, asking, own);
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.Decrypt',
  };
  const body = JSON.stringify({ KeyId: arn, CiphertextBlob: encrypted, EncryptionContext: context });
  const question = signed({ service: 'kms', headers, body }, place, asking, credentials);
  const answer = await askJson(asking, question, 'AWS KMS');
  return bytesIn(answer, 'Plaintext', 'AWS KMS');
}

interface Place {
  readonly region: string;
  readonly domain: string;
}

async function assume(
  role: string,
  place: Place,
  asking: Asking,
  keys: AwsCredentials,
): Promise<AwsCredentials> {
  if (!ROLE.test(role)) throw new Fault('invalid', `no role has the ARN '${role.slice(0, 200)}'`);
  const body = new URLSearchParams({
    ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleSessionName: SESSION, RoleArn: role },
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const question = signed({ service: 'sts', headers, body }, place, asking, keys);
  return sessionIn(await ask(asking, question, `AWS STS, asked for role '${role}',`), 200, role);
}

function signed(
  {
    service,
    headers,
    body,
  }: { service: 'kms' | 'sts'; headers: Readonly<Record<string, string>>; body: string },
  { region, domain }: Place,
  { clock }: Asking,
  credentials: AwsCredentials,
): { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const url = new URL(`https://${service}.${region}.${domain}/`);
  const request = { method: 'POST', url, headers, payload: sha256Hex(body) };
  const scope = { region, service, now: clock.now() };
  return { url: url.href, headers: signV4(request, credentials, scope), body };
}
