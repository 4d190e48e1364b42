import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clusterRecord } from '../../builders.ts';
import { collect } from '../../contracts/collect.ts';
import { openStoredState } from '../../control-plane/cli-state.ts';
import { openSession } from './recorded-world.ts';

/** A state directory with the cluster `prod`, and a folder of files. */
async function opened(files: Readonly<Record<string, string>>) {
  const session = openSession();
  mkdirSync(join(session.cwd, '.sluice'));
  const { store } = await openStoredState(session);
  const record = clusterRecord({ name: 'prod' });
  await store.put(`clusters/${record.id}.json`, Buffer.from(JSON.stringify(record)));
  const write = (path: string, text: string): void => {
    const to = join(session.cwd, 'folder', path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const zone = `sources/${record.id}/`;
  const seen = async () => (await collect(store.list('sources/'))).map(({ key }) => key.replace(zone, ''));
  return { ...session, store, write, seen };
}

describe('sluice upload', () => {
  test('makes the drop zone what the folder is, below the prefix and nowhere else', async () => {
    const { sluice, seen, store, write, cwd } = await opened({ 'a.yaml': 'a', 'b/c.yaml': 'c' });
    await store.put('sources/c1/other/x', Buffer.from('x'));
    symlinkSync('/etc/passwd', join(cwd, 'folder', 'link'));

    const first = await sluice('upload', 'folder', '--cluster', 'prod', '--to', '/team/');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain('2 files uploaded, 0 unchanged, 0 removed');
    expect(await seen()).toEqual(['other/x', 'team/a.yaml', 'team/b/c.yaml']);

    write('a.yaml', 'changed');
    rmSync(join(cwd, 'folder', 'b'), { recursive: true });
    write('d.yaml', 'd');
    const second = await sluice('upload', 'folder', '--cluster', 'prod', '--to', 'team');
    expect(second.out).toContain('2 files uploaded, 0 unchanged, 1 removed');
    expect(await seen()).toEqual(['other/x', 'team/a.yaml', 'team/d.yaml']);
    expect((await sluice('upload', 'folder', '--cluster', 'prod', '--to', 'team')).out).toContain(
      '0 files uploaded, 2 unchanged, 0 removed',
    );
  });

  test.each([
    [['folder'], 2, '--cluster'],
    [['folder', '--cluster', 'nobody'], 1, 'no cluster "nobody"'],
    [['none', '--cluster', 'prod'], 1, 'not a folder'],
    [['folder', '--cluster', 'prod', '--to', '../c2'], 2, '--to'],
  ])('%j fails with what is wrong', async (argv, code, text) => {
    const { sluice, seen } = await opened({ 'a.yaml': 'a' });

    const failed = await sluice('upload', ...argv);

    expect([failed.code, failed.err.includes(text)]).toEqual([code, true]);
    expect(await seen()).toEqual([]);
  });
});
