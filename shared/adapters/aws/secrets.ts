import { Fault, isFault } from '../../core/failures.ts';
import { checkSecretName } from '../../core/object-keys.ts';
import type { Secrets } from '../../ports.ts';
import { createBatches } from './batches.ts';
import type { AwsAccess } from './clients.ts';
import { asFaults } from './faults.ts';
import type { LargeSecrets } from './secrets-manager.ts';
import type { Parameters } from './ssm-parameters.ts';
import { decode, encode, pointerTo, versionIn } from './stored-secret.ts';

/** SSM: names of one GetParameters. */
const MAX_NAMES = 10;
/** SSM: bytes of an advanced parameter. */
const MAX_PARAMETER_BYTES = 8 * 1024;
/** Secrets Manager: bytes of a secret. */
const MAX_SECRET_BYTES = 64 * 1024;
/** SSM: parts of a name that `/` separates. */
const MAX_LEVELS = 15;
/** Secrets Manager: characters of a name. */
const MAX_NAME = 512;

/** Where the secrets of one deployment are. */
export interface AwsSecretsOptions {
  readonly access: AwsAccess;
  /** What their names begin with, such as `/sluice/prod/`. */
  readonly prefix: string;
  /** Small ones too are kept in Secrets Manager, at a price each. Default false. */
  readonly alwaysSecretsManager?: boolean;
}

/**
 * Secrets as SecureString parameters; above 8 KB the parameter names a version of a secret of the same name in Secrets
 * Manager, so that a reader sees the old or the new one. Nothing is kept here: whoever asks again, after a 401, gets what
 * is there now. What is asked for at once is read ten a call.
 */
export function createAwsSecrets(options: AwsSecretsOptions): Secrets {
  const { access, prefix, alwaysSecretsManager = false } = options;
  const parameters = lazily(async () => (await import('./ssm-parameters.ts')).createParameters(access));
  const large = lazily(async () => (await import('./secrets-manager.ts')).createLargeSecrets(access));
  const read = createBatches(MAX_NAMES, async (names) => (await parameters()).get(names));
  const world: World = { parameters, large, read };
  return {
    async get(name) {
      const full = fullName(prefix, name);
      return asFaults(`read secret ${name}`, () => get(world, full));
    },
    async put(name, value) {
      const full = fullName(prefix, name);
      const bytes = Buffer.byteLength(value);
      if (bytes > MAX_SECRET_BYTES)
        throw new Fault(
          'too-large',
          `secret ${name} has ${bytes} bytes; at most ${MAX_SECRET_BYTES} can be kept`,
        );
      await withoutValue(`write secret ${name}`, () => put(world, full, value, alwaysSecretsManager));
    },
    async delete(name) {
      const full = fullName(prefix, name);
      await asFaults(`delete secret ${name}`, () => remove(world, full));
    },
  };
}

interface World {
  readonly parameters: () => Promise<Parameters>;
  readonly large: () => Promise<LargeSecrets>;
  readonly read: (name: string) => Promise<string | undefined>;
}

async function get({ read, large }: World, name: string): Promise<string | undefined> {
  const stored = await read(name);
  const version = stored === undefined ? undefined : versionIn(stored);
  if (stored === undefined || version === undefined) return stored && decode(stored);
  const value = await (await large()).get(name, version);
  if (value !== undefined) return value;
  // Between the two reads it was replaced or deleted.
  const again = await read(name);
  const next = again === undefined ? undefined : versionIn(again);
  if (again === undefined || next === undefined) return again && decode(again);
  return (await large()).get(name, next);
}

/** The value is there before its parameter names it, and gone only after the parameter has stopped to. */
async function put(world: World, name: string, value: string, always: boolean): Promise<void> {
  const parameters = await world.parameters();
  const encoded = encode(value);
  if (always || Buffer.byteLength(encoded) > MAX_PARAMETER_BYTES) {
    const version = await (await world.large()).put(name, value);
    await parameters.put(name, pointerTo(version));
    return;
  }
  const before = await world.read(name);
  await parameters.put(name, encoded);
  if (before !== undefined && versionIn(before) !== undefined) await (await world.large()).delete(name);
}

/** The parameter goes last: while it is there, a delete that broke off can be repeated. */
async function remove(world: World, name: string): Promise<void> {
  const before = await world.read(name);
  if (before !== undefined && versionIn(before) !== undefined) await (await world.large()).delete(name);
  await (await world.parameters()).delete(name);
}

function fullName(prefix: string, name: string): string {
  checkSecretName(name);
  const full = prefix + name;
  if (full.length > MAX_NAME || full.split('/').filter(Boolean).length > MAX_LEVELS)
    throw new Fault('invalid', `a secret's name has at most ${MAX_NAME} characters and ${MAX_LEVELS} parts`, {
      name,
    });
  return full;
}

/** AWS quotes a value that it does not like. */
async function withoutValue(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await asFaults(what, work);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `${what}: AWS answered ${error.data.error}`, error.data);
  }
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
