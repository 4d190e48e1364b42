import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { Fault } from '../../../../shared/core/failures.ts';
import { CONFIG_MAPS, configMap, NATURE } from './objects.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cluster-state-'));
  file = join(directory, 'cluster.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(): OpenStore {
  return openStore({ nature: NATURE, file });
}

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return expect.fail('expected a fault');
}

test('state, revision and uids are there again after the file was closed, and it is one file', () => {
  const first = open();
  const { metadata, ...rest } = configMap('kept', 'a', { text: 'é 😀 \u2028' });
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'its-owner' }];
  const kept = first.put(CONFIG_MAPS, { ...rest, metadata: { ...metadata, ownerReferences } });
  first.put(CONFIG_MAPS, configMap('gone'));
  first.remove(CONFIG_MAPS, 'a', 'gone');
  const { revision } = first;
  first.close();
  expect(readdirSync(directory)).toEqual(['cluster.db']);

  const second = open();

  expect(second.revision).toBe(revision);
  expect(second.get(CONFIG_MAPS, 'a', 'kept')).toEqual(kept);
  expect(second.list(CONFIG_MAPS)).toHaveLength(1);
  expect(second.ownedBy('its-owner')).toEqual([kept]);
  expect(second.put(CONFIG_MAPS, configMap('next')).revision).toBe(revision + 1);
  second.close();
});

test('a list of what was read goes in order', () => {
  const first = open();
  for (const name of ['c', 'a', 'b']) first.put(CONFIG_MAPS, configMap(name));
  first.close();

  const second = open();
  second.put(CONFIG_MAPS, configMap('aa'));

  expect(second.list(CONFIG_MAPS, 'a').map(({ name }) => name)).toEqual(['a', 'aa', 'b', 'c']);
  second.close();
});

test('changes are written without being asked for, soon after their turn', async () => {
  const own = open();
  own.put(CONFIG_MAPS, configMap('x'));
  await new Promise((resolve) => setTimeout(resolve, 50));

  // A copy, as the file itself is held.
  for (const name of readdirSync(directory)) {
    writeFileSync(
      join(directory, `copy${name.slice('cluster'.length)}`),
      readFileSync(join(directory, name)),
    );
  }
  const copy = openStore({ nature: NATURE, file: join(directory, 'copy.db') });

  expect(copy.list(CONFIG_MAPS).map(({ name }) => name)).toEqual(['x']);
  copy.close();
  own.close();
});

test('a killed process leaves whole turns, and its revisions are not given out again', async () => {
  const program = join(import.meta.dirname, 'write-for-ever.ts');
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    last = Number(text.trimEnd().split('\n').at(-1)) || last;
    if (last > 600) child.kill('SIGKILL');
  });
  await once(child, 'close');

  const own = open();

  // Each turn stores one pair and removes another.
  const pairs = own.list(CONFIG_MAPS).map(({ name }) => name.slice(0, -2));
  expect(pairs).toHaveLength(2 * 10);
  expect(new Set(pairs).size).toBe(10);
  expect(own.revision).toBeGreaterThan(last);
  own.close();
}, 30_000);

test('a second opener is told that it is in use', () => {
  const own = open();

  const fault = faultOf(open);

  expect(fault).toMatchObject({ code: 'conflict', data: { file } });
  expect(fault.message).toContain('in use by another process');
  own.close();
});

test('what is no database is left as it is', () => {
  writeFileSync(file, 'apiVersion: v1\nkind: Config\n'.repeat(50));

  const fault = faultOf(open);

  expect(fault).toMatchObject({ code: 'malformed', data: { file } });
  expect(fault.message).toContain('choose another file');
  expect(readFileSync(file, 'utf8')).toMatch(/^apiVersion/);
});

test("another program's database is refused", () => {
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE messages (id TEXT)');
  database.close();

  const fault = faultOf(open);

  expect(fault.code).toBe('malformed');
  expect(fault.message).toContain("another program's database");
});

test('another format is named, with what to do', () => {
  open().close();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 7');
  database.close();

  const fault = faultOf(open);

  expect(fault.code).toBe('unsupported');
  expect(fault.message).toMatch(/format 7, and this program reads format \d+: choose another file/);
});

test('a damaged file is refused', () => {
  const own = open();
  for (let n = 0; n < 200; n++) own.put(CONFIG_MAPS, configMap(`x${n}`, 'a', { text: 'y'.repeat(500) }));
  own.close();
  const bytes = readFileSync(file);
  bytes.fill(0xff, 4096, bytes.length - 4096);
  writeFileSync(file, bytes);

  const fault = faultOf(open);

  expect(fault.code).toBe('malformed');
  expect(fault.message).toContain('is damaged');
});

test('a file that cannot be written makes writes fail, and is tried again', () => {
  const own = open();
  own.put(CONFIG_MAPS, configMap('first'));
  own.close();

  // Closed, as a disk that is gone: nothing can be stored any more.
  expect(() => {
    own.put(CONFIG_MAPS, configMap('lost'));
    own.flush();
  }).toThrow('cannot write');
  expect(faultOf(() => own.put(CONFIG_MAPS, configMap('refused')))).toMatchObject({ code: 'server-error' });
  expect(own.get(CONFIG_MAPS, 'a', 'refused')).toBeUndefined();
});
