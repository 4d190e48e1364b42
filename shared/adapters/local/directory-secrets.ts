import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkSecretName } from '../../core/object-keys.ts';
import type { Chance, Clock, Secrets } from '../../ports.ts';
import {
  asFaults,
  DIRECTORY_MODE,
  moveIntoPlace,
  prepareTemporaries,
  readIfThere,
  syncDirectories,
  writeTemporary,
} from './files.ts';
import { pathOfKey } from './key-paths.ts';

export interface DirectorySecretsOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Secrets as files of mode 0600 in a directory of mode 0700; a put is seen whole or not at all. */
export async function openDirectorySecrets(options: DirectorySecretsOptions): Promise<Secrets> {
  const { directory, chance } = options;
  const temporaries = join(directory, 'temporary');
  const fileOf = (name: string) => {
    checkSecretName(name);
    return join(directory, 'values', pathOfKey(name));
  };
  await asFaults('secrets', async () => {
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
    await chmod(directory, DIRECTORY_MODE);
    await prepareTemporaries(temporaries, options.clock.now().getTime());
  });
  return {
    async get(name) {
      const file = fileOf(name);
      return asFaults(`secret ${name}`, () => readIfThere(file));
    },
    async put(name, value) {
      const file = fileOf(name);
      const temporary = join(temporaries, chance.uuid());
      await asFaults(`secret ${name}`, async () => {
        await writeTemporary(temporary, [Buffer.from(value)]);
        await syncDirectories(dirname(file), moveIntoPlace(temporary, file));
      });
    },
    async delete(name) {
      const file = fileOf(name);
      await asFaults(`secret ${name}`, async () => {
        await rm(file, { force: true });
        await syncDirectories(dirname(file), undefined);
      });
    },
  };
}
