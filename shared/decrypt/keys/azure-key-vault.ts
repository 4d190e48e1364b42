import { constants, createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import { isYamlMap, parseYaml } from '../../core/yaml.ts';
import type { Chance } from '../../ports.ts';
import type { MasterKeyOf } from '../master-keys.ts';
import { type Asking, askJson, bytesIn, textIn } from './ask.ts';

/** A token for Azure's resource that a scope names. */
export type AzureToken = (scope: string) => Promise<string>;

// Azure's clouds: a token is for one of these services, and never leaves to another host.
const VAULT =
  /^https:\/\/[a-z0-9-]{1,127}\.((?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net|microsoftazure\.de))\/?$/i;
const API_VERSION = '7.4';
const NAME = /^[0-9A-Za-z-]{1,127}$/;
const VERSION = /^[0-9A-Za-z]{0,64}$/;

/** A data key by Azure Key Vault (RSA-OAEP-256). Faults of the network, `unauthorized`, `invalid`. */
export async function unwrapByAzure(
  { vault, name, version, encrypted }: MasterKeyOf<'azure_kv'>,
  asking: Asking,
  token: AzureToken,
): Promise<Uint8Array> {
  const [, service = ''] = VAULT.exec(vault) ?? [];
  if (service === '' || !NAME.test(name) || !VERSION.test(version))
    throw new Fault('invalid', `'${`${vault}/keys/${name}`.slice(0, 200)}' names no key of Azure Key Vault`);
  const authorization = `Bearer ${await token(`https://${service.toLowerCase()}/.default`)}`;
  const path = version === '' ? name : `${name}/${version}`;
  const url = `${vault.replace(/\/$/, '')}/keys/${path}/decrypt?api-version=${API_VERSION}`;
  const headers = { 'content-type': 'application/json', authorization };
  const body = JSON.stringify({ alg: 'RSA-OAEP-256', value: encrypted });
  return bytesIn(
    await askJson(asking, { url, headers, body }, 'Azure Key Vault'),
    'value',
    'Azure Key Vault',
  );
}

const AUTHORITY = 'https://login.microsoftonline.com';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** As long as Azure's own libraries make it, seconds. */
const ASSERTION_SECONDS = 600;

/** What Azure's file for an application says. */
interface Application {
  readonly authority: string;
  readonly tenant: string;
  readonly client: string;
}

/** Tokens for an application's credentials, in Azure's file or in the command line's own form: a secret or a certificate. Fault `invalid`, which does not tell the file. */
export function importAzureCredentials(
  file: Uint8Array,
  asking: Asking,
  chance: Pick<Chance, 'uuid'>,
): AzureToken {
  const fields = fieldsIn(file);
  const of = (field: string): string => fields[field] ?? '';
  const authority = (of('authorityHost') || AUTHORITY).replace(/\/+$/, '');
  if (!/^https:\/\/[^/?#@\s]+$/.test(authority)) throw unusable('authorityHost is no HTTPS address');
  const named = { authority, tenant: of('tenantId'), client: of('clientId') };
  if (named.tenant !== '' && named.client !== '') {
    if (of('clientSecret') !== '') return bySecret(named, of('clientSecret'), asking);
    if (of('clientCertificate') !== '')
      return byCertificate(named, of('clientCertificate'), of('clientCertificatePassword'), asking, chance);
  }
  const older = { authority, tenant: of('tenant'), client: of('appId') };
  if (older.tenant !== '' && older.client !== '' && of('password') !== '')
    return bySecret(older, of('password'), asking);
  if (named.client !== '')
    throw unusable(
      'a managed identity is the machine’s own, and there is none here: give a clientSecret or a clientCertificate',
    );
  throw unusable(
    "invalid data: requires a combination of 'tenantId', 'clientId' and 'clientSecret', or 'tenantId', 'clientId' and 'clientCertificate'",
  );
}

function fieldsIn(file: Uint8Array): Readonly<Record<string, string>> {
  const utf16 =
    file[0] === 0xff && file[1] === 0xfe
      ? 'utf-16le'
      : file[0] === 0xfe && file[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  let fields: ReturnType<typeof parseYaml> = null;
  try {
    fields = parseYaml(new TextDecoder(utf16).decode(file));
  } catch {
    // Told below, without what was read.
  }
  if (!isYamlMap(fields)) throw unusable('it is no YAML mapping');
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (typeof value === 'string' ? [[field, value]] : [])),
  );
}

function bySecret(application: Application, secret: string, asking: Asking): AzureToken {
  return (scope) => grant(application, scope, { client_secret: secret }, asking);
}

function byCertificate(
  application: Application,
  pem: string,
  passphrase: string,
  asking: Asking,
  chance: Pick<Chance, 'uuid'>,
): AzureToken {
  const { key, thumbprint } = certificateIn(pem, passphrase);
  return (scope) => {
    const now = Math.floor(asking.clock.now().getTime() / 1_000);
    const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint };
    const { client } = application;
    const claims = {
      ...{ aud: tokenUrl(application), iss: client, sub: client, jti: chance.uuid() },
      ...{ nbf: now, exp: now + ASSERTION_SECONDS },
    };
    const text = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    const signature = sign('sha256', Buffer.from(text), { key, padding, saltLength }).toString('base64url');
    const proof = { client_assertion_type: ASSERTION, client_assertion: `${text}.${signature}` };
    return grant(application, scope, proof, asking);
  };
}

function certificateIn(pem: string, passphrase: string) {
  if (!pem.includes('-----BEGIN'))
    throw unusable('clientCertificate must be PEM, with the certificate and its key');
  const { key, raw } = readCertificate(pem, passphrase);
  // PS256 is what Entra ID takes.
  if (key.asymmetricKeyType !== 'rsa') throw unusable('clientCertificate must have an RSA key');
  return { key, thumbprint: createHash('sha256').update(raw).digest('base64url') };
}

function readCertificate(pem: string, passphrase: string) {
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase !== '' && { passphrase }) });
    const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0] ?? '';
    return { key, raw: new X509Certificate(block).raw };
  } catch (cause) {
    throw unusable('clientCertificate cannot be read', cause);
  }
}

function tokenUrl({ authority, tenant }: Application): string {
  return `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
}

async function grant(
  application: Application,
  scope: string,
  proof: Readonly<Record<string, string>>,
  asking: Asking,
): Promise<string> {
  const { client } = application;
  const body = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: client, scope },
    ...proof,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const who = 'Entra ID';
  return textIn(
    await askJson(asking, { url: tokenUrl(application), headers, body }, who),
    'access_token',
    who,
  );
}

function unusable(text: string, cause?: unknown): Fault {
  return new Fault('invalid', text, {}, cause);
}
