import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { faultNow } from '../semver/fault-now.ts';

const run = promisify(execFile);
const read = (bytes: Uint8Array, limits = {}) => readTarGz(bytes, { ...DEFAULT_LIMITS, ...limits });

describe('archives of others', () => {
  const LONG = `${'directory/'.repeat(30)}${'n'.repeat(120)}.txt`;

  test.each(['gnu', 'pax', 'posix', 'ustar', 'v7', 'oldgnu'])('real tar, format %s', async (format) => {
    const short = format === 'ustar' || format === 'v7';
    const files = {
      'a.txt': 'a',
      'sub/b.yaml': 'x: 1\n'.repeat(1000),
      empty: '',
      ...(short ? {} : { [LONG]: 'long', 'é/🚀': 'u' }),
    };

    const tree = read(await realTar(files, `--format=${format}`));

    expect(Object.fromEntries([...tree].map(([path, body]) => [path, Buffer.from(body).toString()]))).toEqual(
      files,
    );
  });

  test('links and devices are refused', async () => {
    const directory = await scratchDirectory();
    await writeFile(join(directory, 'file'), 'x');
    await symlink('/etc/passwd', join(directory, 'link'));
    await run('ln', ['file', 'hard'], { cwd: directory });

    for (const names of [['link'], ['file', 'hard']]) {
      const { stdout } = await run('tar', ['-czf', '-', ...names], { cwd: directory, encoding: 'buffer' });
      faultNow(() => read(stdout), 'malformed');
    }
    for (const type of ['3', '4', '6', 'S'])
      faultNow(() => read(archive(entry('x', 'y', type))), 'malformed');
  });

  test.each(['/etc/passwd', '../x', 'a/../../x', 'a/..', '..', 'a\\..\\b'])(
    'the name %s is refused',
    (name) => {
      faultNow(() => read(archive(entry(name, 'x'))), 'malformed');
      faultNow(
        () => read(archive(entry('PaxHeader', pax('path', name), 'x'), entry('harmless', 'x'))),
        'malformed',
      );
      faultNow(
        () => read(archive(entry('././@LongLink', `${name}\0`, 'L'), entry('harmless', 'x'))),
        'malformed',
      );
    },
  );

  test('names are cleaned, directories are no files, global headers do not count', () => {
    const tree = read(
      archive(
        entry('pax', pax('comment', 'hi'), 'g'),
        entry('./', '', '5'),
        entry('./a//b', 'x'),
        entry('old/', '', '0'),
      ),
    );

    expect([...tree.keys()]).toEqual(['a/b']);
  });

  test('a later entry of the same name wins', () => {
    expect(Buffer.from(read(archive(entry('a', '1'), entry('a', '2'))).get('a') ?? []).toString()).toBe('2');
  });

  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['no gzip', Buffer.from('plain text')],
    ['a cut gzip', archive(entry('a', 'x')).subarray(0, 30)],
    ['a cut header', gzipSync(entry('a', 'x').subarray(0, 100))],
    ['a cut body', gzipSync(entry('a', 'x'.repeat(2000)).subarray(0, 1024))],
    ['a wrong checksum', gzipSync(spoiled(entry('a', 'x'), 0))],
    ['a size that is no number', archive(entry('a', 'x', '0', 'zzzzzzzzzzz'))],
    ['a broken PAX record', archive(entry('p', '99 path=x\n', 'x'))],
    ['a negative size', archive(entry('a', 'x', '0', '\xff'.repeat(11)))],
  ])('%s is malformed', (_what, bytes) => {
    faultNow(() => read(bytes), 'malformed');
  });

  test('limits hold: bytes, entries, length of a path', () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));

    faultNow(() => read(bomb, { inflatedBytes: 19_999_999 }), 'too-large');
    faultNow(() => read(archive(entry('a', 'x'), entry('b', 'x')), { entries: 1 }), 'too-large');
    faultNow(() => read(archive(entry('abcdef', 'x')), { pathBytes: 5 }), 'too-large');
  });

  test('a length that gzip lies about is only a guess', () => {
    const bytes = Buffer.from(archive(entry('a', 'x')));
    bytes.writeUInt32LE(0xffffffff, bytes.length - 4);

    faultNow(() => read(bytes), 'malformed');
  });
});

async function realTar(
  files: Readonly<Record<string, string>>,
  ...options: readonly string[]
): Promise<Buffer> {
  const directory = await scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const file = join(await scratchDirectory(), 'x.tar.gz');
  await run('tar', [...options, '-czf', file, '-C', directory, '.']);
  return readFile(file);
}

/** A tar entry by hand, checksum and padding included. */
function entry(
  name: string,
  body: string,
  type = '0',
  size = body.length.toString(8).padStart(11, '0'),
): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 'utf8');
  header.write('0000644\0', 100);
  header.write(`${size}\0`, 124, 'latin1');
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([
    header,
    Buffer.from(body),
    Buffer.alloc((512 - (Buffer.byteLength(body) % 512)) % 512),
  ]);
}

function archive(...entries: readonly Buffer[]): Buffer {
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

function pax(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + 2;
  return `${length >= 10 ? length : length - 1}${rest}`;
}

function spoiled(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) + 1;
  return bytes;
}
