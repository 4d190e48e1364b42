import { Fault } from '../../core/failures.ts';
import type { AwsCredentials } from '../../core/sigv4.ts';
import type { Http, HttpAnswer, HttpRequest } from '../../ports.ts';
import { parseXml, textOf, type XmlElement } from './xml.ts';

/** How a token service is reached. */
export interface StsAccess extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'proxy' | 'signal'> {
  readonly http: Http;
}

/** Ours: bytes of an answer; keys and a token of some 2 KB. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Ours: a server's words in a condition, characters. */
const MAX_MESSAGE = 400;

/** Keys for a user of LDAP, by MinIO's AssumeRoleWithLDAPIdentity. Faults: those of the Http port, `unauthorized`, `server-error`, `malformed`. */
export async function ldapKeys(
  endpoint: string,
  { username, password }: { readonly username: string; readonly password: string },
  { http, ...way }: StsAccess,
): Promise<AwsCredentials> {
  const form = new URLSearchParams({
    ...{ Action: 'AssumeRoleWithLDAPIdentity', Version: '2011-06-15' },
    ...{ LDAPUsername: username, LDAPPassword: password },
  });
  const answer = await http.request({
    ...way,
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new TextEncoder().encode(form.toString()),
    maxBytes: MAX_ANSWER_BYTES,
    // The password is for this address alone.
    maxRedirects: 0,
    idempotent: true,
  });
  const { host } = new URL(endpoint);
  const root = documentIn(answer);
  if (answer.status !== 200) throw refusalOf(answer.status, root, host);
  const credentials = childOf(childOf(root, 'AssumeRoleWithLDAPIdentityResult'), 'Credentials');
  const accessKeyId = textOf(credentials, 'AccessKeyId') ?? '';
  const secretAccessKey = textOf(credentials, 'SecretAccessKey') ?? '';
  const sessionToken = textOf(credentials, 'SessionToken') ?? '';
  if (root?.name !== 'AssumeRoleWithLDAPIdentityResponse' || accessKeyId === '' || secretAccessKey === '')
    throw new Fault('malformed', `${host} does not answer as a token service does`);
  return { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) };
}

function documentIn({ body }: HttpAnswer): XmlElement | undefined {
  try {
    return parseXml(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, root: XmlElement | undefined, host: string): Fault {
  const error = childOf(root, 'Error');
  const said = [textOf(error, 'Code'), textOf(error, 'Message')].filter((part) => part).join(': ');
  const text = said
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);
  const code = status >= 500 ? 'server-error' : status === 429 ? 'throttled' : 'unauthorized';
  return new Fault(code, `token service ${host} answered ${status}${text && `: ${text}`}`, { status });
}

function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}
