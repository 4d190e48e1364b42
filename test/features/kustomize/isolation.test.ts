import { readdirSync, readFileSync } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChild } from '../../../shared/adapters/exec/child.ts';
import { kustomizeExec } from '../../../shared/adapters/exec/kustomize.ts';
import { withPrivateDirectory, writeTree } from '../../../shared/adapters/exec/private-directory.ts';
import { parseYaml } from '../../../shared/core/yaml.ts';
import { configMap, describeWithKustomize, exec, OPTIONS, treeOf } from './world.ts';

const signal = () => AbortSignal.timeout(20_000);
const LIMITS = { deadlineMilliseconds: 10_000, outputBytes: 1_000_000, memoryBytes: 256 * 1024 * 1024 };

/** Trees that the walk would refuse: what holds if it ever missed one. */
const reading = (path: string) =>
  treeOf({ 'kustomization.yaml': `configMapGenerator: [{name: x, files: ["k=${path}"]}]\n` });

describeWithKustomize('the child that runs kustomize', () => {
  it('has an empty environment: its own three variables and nothing of ours', async () => {
    process.env.SLUICE_TEST_SECRET = 'do-not-leak';

    const yaml = await exec.kustomize(reading('/proc/self/environ'), '', signal());

    const { data, binaryData } = parseYaml(yaml) as { data?: { k: string }; binaryData?: { k: string } };
    const text = data?.k ?? Buffer.from(binaryData?.k ?? '', 'base64').toString('utf8');
    const names = text.split('\0').map((entry) => entry.split('=')[0]);
    // PWD is the shell's, and says the private directory.
    expect(names.filter((name) => name !== '' && name !== 'PWD').sort()).toEqual([
      'GOMEMLIMIT',
      'HOME',
      'PATH',
    ]);
    expect(text).not.toContain('do-not-leak');
  });

  it('finds no program to run: its PATH is empty', async () => {
    const yaml = await exec.kustomize(reading('/proc/self/environ'), '', signal());

    const path = /PATH=([^\0"\\]+)/.exec(yaml)?.[1];
    expect(path).toMatch(/\/home$/);
    await expect(readdir(path as string)).rejects.toThrow(/ENOENT/);
  });

  it('cannot fill the memory: a bomb of aliases ends as too large', async () => {
    const lines = 'bcdefghij'.split('').map((name, i) => {
      const before = 'abcdefghij'[i];
      return `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`;
    });
    const bomb = `${configMap('x')}a: &a [x]\n${lines.join('\n')}\n`;
    const small = kustomizeExec({ ...OPTIONS, limits: { memoryBytes: 128 * 1024 * 1024 } });
    const tree = treeOf({ 'kustomization.yaml': 'resources: [r.yaml]\n', 'r.yaml': bomb });

    await expect(small.kustomize(tree, '', signal())).rejects.toMatchObject({ code: 'too-large' });
  });

  it('cannot outlive its deadline', async () => {
    const hasty = kustomizeExec({ ...OPTIONS, limits: { deadlineMilliseconds: 1 } });

    const run = hasty.kustomize(treeOf({ 'kustomization.yaml': 'namePrefix: a\n' }), '', signal());

    await expect(run).rejects.toMatchObject({ code: 'timeout' });
  });

  it('cannot print without end', async () => {
    const short = kustomizeExec({ ...OPTIONS, limits: { outputBytes: 50 } });
    const tree = treeOf({
      'kustomization.yaml': 'resources: [r.yaml]\n',
      'r.yaml': configMap('a-rather-long-name'),
    });

    await expect(short.kustomize(tree, '', signal())).rejects.toMatchObject({ code: 'too-large' });
  });
});

describe('any child', () => {
  const sh = (script: string, limits = LIMITS, stop = signal()) =>
    runChild({
      file: '/bin/sh',
      arguments: ['-c', script],
      directory: '/',
      environment: {},
      limits,
      signal: stop,
    });

  it('dies with everything it started at the deadline', async () => {
    const mark = `25.${Math.floor(Math.random() * 1e9)}`;

    const run = sh(`/bin/sleep ${mark} & /bin/sleep ${mark}`, { ...LIMITS, deadlineMilliseconds: 300 });

    await expect(run).rejects.toMatchObject({ code: 'timeout' });
    await expect.poll(() => processesWith(mark), { timeout: 2000 }).toEqual([]);
  });

  it('dies when the caller gives up', async () => {
    const run = sh('/bin/sleep 30', LIMITS, AbortSignal.timeout(100));

    await expect(run).rejects.toMatchObject({ code: 'timeout' });
  });

  it('cannot write a file', async () => {
    const { code, written } = await withPrivateDirectory(async (directory) => {
      const file = join(directory, 'file');
      const result = await sh(`echo x > ${file}`);
      return { code: result.code, written: readFileSync(file, 'utf8') };
    });

    expect(code).not.toBe(0);
    expect(written).toBe('');
  });

  it('is refused when the program does not exist', async () => {
    const run = runChild({
      file: '/nowhere/kustomize',
      arguments: [],
      directory: '/',
      environment: {},
      limits: LIMITS,
      signal: signal(),
    });

    await expect(run).resolves.toMatchObject({ code: 127 });
  });
});

describe('the private directory', () => {
  it('is for us alone and removed, also after a failure', async () => {
    const seen: string[] = [];
    await withPrivateDirectory(async (directory) => {
      seen.push(directory);
      expect((await stat(directory)).mode & 0o777).toBe(0o700);
      await writeTree(directory, treeOf({ 'a/b/c.txt': 'x' }));
      expect(readFileSync(join(directory, 'a/b/c.txt'), 'utf8')).toBe('x');
    });
    const failing = withPrivateDirectory((directory) => {
      seen.push(directory);
      return Promise.reject(new Error('boom'));
    });

    await expect(failing).rejects.toThrow('boom');
    for (const directory of seen) await expect(access(directory)).rejects.toThrow(/ENOENT/);
  });

  it.each(['../x', '/etc/x', 'a/../../x', 'a//x', './x', '', 'a/', 'a\0b'])(
    'does not write %j',
    async (path) => {
      const written = withPrivateDirectory((directory) =>
        writeTree(directory, new Map([[path, new Uint8Array()]])),
      );

      await expect(written).rejects.toMatchObject({ code: 'invalid' });
    },
  );
});

function processesWith(mark: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(mark));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
