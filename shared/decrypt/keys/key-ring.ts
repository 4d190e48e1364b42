import { extname } from 'node:path';
import { Fault, isFault } from '../../core/failures.ts';
import type { AwsCredentials } from '../../core/sigv4.ts';
import { isYamlMap, parseYaml } from '../../core/yaml.ts';
import type { Chance } from '../../ports.ts';
import type { MasterKey, Unwrap } from '../master-keys.ts';
import { type AgeKeys, importAgeKeys } from './age.ts';
import type { Asking } from './ask.ts';
import { type AwsKeys, unwrapByAws } from './aws-kms.ts';
import { type AzureToken, importAzureCredentials, unwrapByAzure } from './azure-key-vault.ts';
import { type GoogleToken, importGoogleCredentials, unwrapByGoogle } from './google-kms.ts';
import { importPgpKeys, type PgpKeys } from './pgp.ts';
import { unwrapByVault, type VaultToken } from './vault.ts';

/** The entries of a Secret, decoded. */
export type KeyFiles = ReadonlyMap<string, Uint8Array>;

/** A Secret with keys, and what messages call it. */
export interface KeySecret {
  readonly files: KeyFiles;
  /** Such as `decryption Secret 'apps/keys'`. */
  readonly title: string;
  /** Only age keys count: the operator's Secret lends nothing else (KS-51). */
  readonly ageOnly?: boolean;
}

/** Identities that are lent where the Secret brings no credentials of that kind. Faults say why there is none. */
export interface LentKeys {
  readonly aws: AwsKeys;
  readonly azure: AzureToken;
  readonly google: GoogleToken;
  readonly vault: VaultToken;
}

/** What else unwrapping needs. */
export interface KeyWorld extends Asking {
  readonly chance: Pick<Chance, 'uuid'>;
  readonly lent: LentKeys;
}

interface Ring {
  readonly age: AgeKeys;
  readonly pgp: PgpKeys;
  readonly aws: AwsKeys;
  readonly azure: AzureToken;
  readonly google: GoogleToken;
  readonly vault: VaultToken;
}

/** Names of files with credentials of a cloud (KS-50); age and PGP keys are known by their ending alone. */
const FILE = {
  vault: 'sops.vault-token',
  aws: 'sops.aws-kms',
  azure: 'sops.azure-kv',
  google: 'sops.gcp-kms',
} as const;

/** Unwraps data keys by what a Secret brings, or without one as whoever is lent. Fault `invalid` names the entry that cannot be used. */
export async function openKeyRing(secret: KeySecret | undefined, world: KeyWorld): Promise<Unwrap> {
  const ring = await ringOf(secret, world);
  return (key) => unwrap(key, ring, world);
}

async function ringOf(secret: KeySecret | undefined, world: KeyWorld): Promise<Ring> {
  const { lent, chance } = world;
  const files = secret?.files ?? new Map<string, Uint8Array>();
  const cloud = secret?.ageOnly ? new Map<string, Uint8Array>() : files;
  const named = <Found>(file: string, found: (bytes: Uint8Array) => Found): Found | undefined => {
    const bytes = cloud.get(file);
    return bytes && imported(file, secret, () => found(bytes));
  };
  const token = named(FILE.vault, (bytes) => textOf(bytes).trim());
  return {
    age: await importAll(
      files,
      '.agekey',
      secret,
      (all) => importAgeKeys(all.map(textOf)),
      importAgeKeys([]),
    ),
    pgp: await importAll(cloud, '.asc', secret, importPgpKeys, importPgpKeys([])),
    aws: named(FILE.aws, staticKeys) ?? lent.aws,
    azure: once(named(FILE.azure, (bytes) => importAzureCredentials(bytes, world, chance)) ?? lent.azure),
    google: once(named(FILE.google, (bytes) => importGoogleCredentials(textOf(bytes), world)) ?? lent.google),
    vault: token ? async () => token : once(lent.vault),
  };
}

/** All files with an ending become one; each is tried alone first, so that a message can name it. */
async function importAll<Keys>(
  files: KeyFiles,
  ending: string,
  secret: KeySecret | undefined,
  keys: (files: readonly Uint8Array[]) => Promise<Keys>,
  none: Promise<Keys>,
): Promise<Keys> {
  const found = [...files].filter(([name]) => extname(name) === ending);
  if (found.length === 0) return none;
  for (const [name, bytes] of found) await importedSoon(name, secret, () => keys([bytes]));
  return keys(found.map(([, bytes]) => bytes));
}

function imported<Found>(name: string, secret: KeySecret | undefined, work: () => Found): Found {
  try {
    return work();
  } catch (error) {
    throw unusable(name, secret, error);
  }
}

async function importedSoon<Found>(
  name: string,
  secret: KeySecret | undefined,
  work: () => Promise<Found>,
): Promise<Found> {
  try {
    return await work();
  } catch (error) {
    throw unusable(name, secret, error);
  }
}

function unusable(name: string, secret: KeySecret | undefined, error: unknown): unknown {
  if (!isFault(error)) return error;
  const text = `failed to import '${name}' data from sops ${secret?.title}: ${error.message}`;
  return new Fault(error.code, text, error.data, error);
}

function staticKeys(bytes: Uint8Array): AwsKeys {
  const fields = yamlFields(textOf(bytes));
  const of = (field: string): string => fields[`aws_${field}`] ?? '';
  const sessionToken = of('session_token');
  const keys: AwsCredentials = {
    accessKeyId: of('access_key_id'),
    secretAccessKey: of('secret_access_key'),
    ...(sessionToken !== '' && { sessionToken }),
  };
  return async () => {
    if (keys.accessKeyId !== '' && keys.secretAccessKey !== '') return keys;
    throw new Fault('invalid', `${FILE.aws} has no aws_access_key_id or no aws_secret_access_key`);
  };
}

function yamlFields(text: string): Readonly<Record<string, string>> {
  let value: ReturnType<typeof parseYaml>;
  try {
    value = parseYaml(text);
  } catch {
    // The parser's own words may quote the text.
    value = undefined as unknown as null;
  }
  if (!isYamlMap(value))
    throw new Fault('invalid', 'failed to unmarshal AWS credentials file: no YAML mapping');
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, one]) => (typeof one === 'string' ? [[field, one]] : [])),
  );
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** One token for all files of a build: whoever comes later waits for the first. */
function once(token: (about: string) => Promise<string>): (about?: string) => Promise<string> {
  const asked = new Map<string, Promise<string>>();
  return (about = '') => {
    const known = asked.get(about) ?? token(about);
    asked.set(about, known);
    return known;
  };
}

async function unwrap(key: MasterKey, ring: Ring, world: KeyWorld): Promise<Uint8Array> {
  switch (key.type) {
    case 'age':
      return ring.age(key.encrypted);
    case 'pgp':
      return ring.pgp(key.encrypted);
    case 'kms':
      return unwrapByAws(key, world, ring.aws);
    case 'gcp_kms':
      return unwrapByGoogle(key, world, ring.google);
    case 'azure_kv':
      return unwrapByAzure(key, world, ring.azure);
    case 'hc_vault':
      return unwrapByVault(key, world, ring.vault);
    case 'hckms':
      throw new Fault(
        'unsupported',
        'HuaweiCloud KMS takes credentials from the environment only, and nothing here lends its own: encrypt the data key for another master key, too',
      );
  }
}
