import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { objectStoreContract } from './object-store.ts';
import { scratchDirectory } from './scratch.ts';
import { secretsContract } from './secrets.ts';
import { storeOwnerContract } from './store-owner.ts';

const world = { clock: systemClock, chance: systemChance };
const child = (name: string) => join(import.meta.dirname, 'children', name);

async function openIn(directory: string) {
  const store = await openDirectoryStore({ directory, ...world });
  onTestFinished(() => store.close());
  return store;
}

async function filesUnder(directory: string): Promise<string[]> {
  const items = await readdir(directory, { recursive: true, withFileTypes: true });
  return items.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name));
}

describe('directory store', () => {
  objectStoreContract(async () => ({ store: await openIn(join(await scratchDirectory(), 'store')) }));
  storeOwnerContract(async () => ({ store: await openIn(join(await scratchDirectory(), 'store')) }));

  test('nothing is written outside its directory', async () => {
    const parent = await scratchDirectory();
    const store = await openIn(join(parent, 'store'));

    for (const key of ['../x', '../../x', '/etc/x', 'a/../../../x', '..', `${'y'.repeat(200)}../z`])
      await store.put(key, new Uint8Array(1));

    expect(await readdir(parent)).toEqual(['store']);
    const objects = join(parent, 'store', 'objects');
    expect((await filesUnder(join(parent, 'store'))).filter((file) => file.startsWith(objects))).toHaveLength(
      6,
    );
  });

  test('keys that differ in case only have names that differ otherwise too', async () => {
    const directory = await scratchDirectory();
    const store = await openIn(directory);

    await store.put('Key', new Uint8Array(1));
    await store.put('key', new Uint8Array(1));

    const names = (await filesUnder(join(directory, 'objects'))).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(2);
  });

  test('only the owner can read it', async () => {
    const directory = join(await scratchDirectory(), 'store');
    const store = await openIn(directory);

    await store.put('a/b', new Uint8Array(1));

    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(join(directory, 'objects/a/b='))).toBe(0o600);
    expect(await modeOf(join(directory, 'objects/a'))).toBe(0o700);
    expect(await modeOf(directory)).toBe(0o700);
    for (const file of await filesUnder(directory)) expect(await modeOf(file), file).toBe(0o600);
  });

  test('a damaged file is a fault, not an object', async () => {
    const directory = await scratchDirectory();
    const store = await openIn(directory);
    await store.put('k', new TextEncoder().encode('precious'));
    const file = join(directory, 'objects/k=');
    const whole = await readFile(file);

    await writeFile(file, whole.subarray(0, -1));

    await expect(store.get('k')).rejects.toMatchObject({ code: 'malformed' });
  });

  test('deleting the last key of a directory leaves no empty directories', async () => {
    const directory = await scratchDirectory();
    const store = await openIn(directory);
    await store.put('a/b/c', new Uint8Array(1));

    await store.delete('a/b/c');

    expect(await readdir(join(directory, 'objects'))).toEqual([]);
  });

  test('two processes count up and claim keys without losing or sharing one', async () => {
    const directory = await scratchDirectory();
    const run = (name: string) =>
      promisify(execFile)(process.execPath, [child('race-puts.ts'), directory, '60', name]);

    const [left, right] = await Promise.all([run('left'), run('right')]);

    const store = await openIn(directory);
    expect(new TextDecoder().decode((await store.get('counter'))?.body)).toBe('120');
    const claims = [...JSON.parse(left.stdout), ...JSON.parse(right.stdout)];
    expect(claims.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  test('a writer killed in the middle of its puts leaves a whole object', async () => {
    const directory = await scratchDirectory();

    for (let round = 0; round < 3; round += 1) {
      const writer = spawn(process.execPath, [child('put-forever.ts'), directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(writer.stdout, 'data');
      await systemClock.sleep(17 * (round + 1));
      writer.kill('SIGKILL');
      await once(writer, 'exit');

      const store = await openIn(directory);
      const body = (await store.get('victim'))?.body;
      expect(body?.byteLength).toBe(500_000);
      expect(new Set(body).size).toBe(1);
      await store.put('after', new Uint8Array(1));
    }
  });
});

describe('directory secrets', () => {
  secretsContract(async () => ({
    secrets: await openDirectorySecrets({ directory: await scratchDirectory(), ...world }),
  }));

  test('only the owner can read them', async () => {
    const directory = join(await scratchDirectory(), 'secrets');
    const secrets = await openDirectorySecrets({ directory, ...world });

    await secrets.put('clusters/one', 'kubeconfig');

    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const [file = ''] = await filesUnder(directory);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});
