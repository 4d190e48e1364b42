import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { packLayer } from '../../../shared/artifact/pack-layer.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { entry, tar, tarGz } from './tar.ts';

const run = promisify(execFile);
const pack = (bytes: Uint8Array, ignore?: string, limits = {}) =>
  packLayer(bytes, ignore, { ...DEFAULT_LIMITS, ...limits });

async function pathsOf(bytes: Uint8Array, ignore?: string): Promise<readonly string[]> {
  return [...readTarGz((await pack(bytes, ignore)).body, DEFAULT_LIMITS).keys()];
}

describe('a layer', () => {
  test('[OCI-06 normalised] becomes the archive that any source makes of such files', async () => {
    const directory = await scratchDirectory();
    const packed = await pack(
      tarGz(
        { name: './b.sh', body: '#!', mode: '0000755' },
        { name: 'deep/er/c.txt', body: 'c', mode: '0000444' },
        { name: 'empty/', type: '5' },
        { name: './a.yaml', body: 'a' },
      ),
    );
    await writeFile(join(directory, 'x.tar.gz'), packed.body);
    const { stdout } = await run('tar', ['-tzf', join(directory, 'x.tar.gz')]);
    expect(stdout.trim().split('\n')).toEqual([
      '.',
      'a.yaml',
      'b.sh',
      'deep',
      'deep/er',
      'deep/er/c.txt',
      'empty',
    ]);
    await mkdir(join(directory, 'out'));
    await run('tar', ['-xzpf', join(directory, 'x.tar.gz'), '-C', join(directory, 'out')]);
    const modeOf = async (path: string) =>
      ((await stat(join(directory, 'out', path))).mode & 0o777).toString(8);
    expect([await modeOf('a.yaml'), await modeOf('b.sh'), await modeOf('deep')]).toEqual([
      '600',
      '700',
      '750',
    ]);
  });

  test('[OCI-06 symlinks] symlinks are skipped, whatever they point at', async () => {
    const bytes = tarGz(
      { name: 'a', body: 'a' },
      { name: 'etc', type: '2', target: '/etc' },
      { name: 'etc/x', body: 'x' },
    );
    expect(await pathsOf(bytes)).toEqual(['a', 'etc/x']);
    const plain = await pack(tarGz({ name: 'a', body: 'a' }));
    const linked = tarGz({ name: 'a', body: 'a' }, { name: 'lone', type: '2', target: 'a' });
    expect((await pack(linked)).digest).toBe(plain.digest);
  });

  test('[OCI-06 ignore] ignore files count in their directories, and the default list without any', async () => {
    const files = [
      { name: 'a.yaml', body: 'a' },
      { name: 'logo.png', body: 'png' },
      { name: 'docs/.sourceignore', body: '*.md\n' },
      { name: 'docs/x.md', body: 'x' },
      { name: 'x.md', body: 'x' },
      { name: '.git/config', body: 'x' },
    ];
    expect(await pathsOf(tarGz(...files))).toEqual(['a.yaml', 'docs/.sourceignore', 'logo.png', 'x.md']);
    const plain = files.filter(({ name }) => name !== 'docs/.sourceignore');
    expect(await pathsOf(tarGz(...plain))).toEqual(['a.yaml', 'docs/x.md', 'x.md']);
    expect(await pathsOf(tarGz(...plain), 'docs/\n!docs/x.md\n')).toEqual([
      'a.yaml',
      'docs/x.md',
      'logo.png',
      'x.md',
    ]);
  });

  test('of the same files gives the same bytes', async () => {
    const [one, other] = [
      { name: 'a', body: 'a' },
      { name: 'b', body: 'b' },
    ] as const;
    expect((await pack(tarGz(one, other))).digest).toBe((await pack(tarGz(other, one))).digest);
  });
});

describe('a layer of a stranger', () => {
  test('[OCI-06 gzip] that is not gzip is refused, a plain tar among them', async () => {
    for (const bytes of [tar({ name: 'a', body: 'a' }), Buffer.from('<html>'), Buffer.alloc(0)])
      await faultOf(pack(bytes), 'malformed');
  });

  test.each([
    ['hard links', { name: 'x', type: '1', target: 'a' }],
    ['devices', { name: 'x', type: '3' }],
    ['pipes', { name: 'x', type: '6' }],
    ['absolute names', { name: '/etc/passwd', body: 'x' }],
    ['names that leave the root', { name: 'a/../../x', body: 'x' }],
    ['backslashes', { name: 'a\\..\\x', body: 'x' }],
  ])('with %s is refused', async (_what, wishes) => {
    await faultOf(pack(tarGz({ name: 'a', body: 'a' }, wishes)), 'malformed');
  });

  test('with a file where a directory is, or a directory where a file is, is refused', async () => {
    const [file, below] = [
      { name: 'a', body: 'x' },
      { name: 'a/b', body: 'x' },
    ] as const;
    await faultOf(pack(tarGz(file, below)), 'malformed');
    await faultOf(pack(tarGz(below, file)), 'malformed');
    await faultOf(pack(tarGz(file, { name: 'a/', type: '5' })), 'malformed');
  });

  test('with too many entries, or too many directories in few, is refused', async () => {
    const entries = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }));
    await faultOf(pack(tarGz(...entries), undefined, { entries: 10 }), 'too-large');
    await faultOf(pack(tarGz({ name: `${'d/'.repeat(20)}f` }), undefined, { entries: 10 }), 'too-large');
    const thousand = gzipSync(
      Buffer.concat(Array.from({ length: 1000 }, (_, index) => entry({ name: `f${index}` }))),
    );
    const bomb = Buffer.concat(Array.from({ length: 300 }, () => thousand));
    const fault = await faultOf(pack(bomb), 'too-large');
    expect(fault.message).toBe('the archive has more than 200000 entries');
  });

  test('that inflates without end is cut off early', async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    // Members of gzip one behind the other are one stream: 10 GB of zeros in 10 MB.
    const bomb = Buffer.concat(Array.from({ length: 160 }, () => zeros));
    const fault = await faultOf(pack(bomb), 'too-large');
    expect(fault.message).toBe(`the archive has more than ${DEFAULT_LIMITS.inflatedBytes} bytes`);
  });

  test('that is cut short, or lies about a size, is refused', async () => {
    const bytes = tar({ name: 'a', body: 'x'.repeat(2000) });
    await faultOf(pack(gzipSync(bytes.subarray(0, 1024))), 'malformed');
    await faultOf(pack(tarGz({ name: 'a', body: 'a' }).subarray(0, 30)), 'malformed');
  });
});
