import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { sendForEver, serve } from '../http/web-server.ts';
import { entry } from '../oci/tar.ts';

/** P8: what a worker has, MiB. */
const LIMIT = 512;
const MIB = 1024 * 1024;
const CHILD = join(import.meta.dirname, 'read-once.ts');

/** What became of it in a process of its own, which may take no more than a worker has. */
async function readIn(kind: 'layer' | 'index' | 'yaml' | 'bucket', place: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, kind, place]);
  const [outcome = '', mebibytes] = stdout.trim().split(' ');
  expect(Number(mebibytes), `${kind}: MiB at most`).toBeLessThan(LIMIT);
  return outcome;
}

async function fileOf(body: Uint8Array | string): Promise<string> {
  const file = join(await scratchDirectory(), 'body');
  await writeFile(file, body);
  return file;
}

const members = (count: number, bytes: Uint8Array): Uint8Array => {
  const member = gzipSync(bytes);
  return Buffer.concat(Array.from({ length: count }, () => member));
};

describe('a layer', { timeout: 120_000 }, () => {
  test.each<[title: string, outcome: string, layer: () => Uint8Array]>([
    ['10 GB of zeros', 'too-large', () => members(160, Buffer.alloc(64 * MIB))],
    [
      'almost what is allowed, which it says is 1 KiB',
      'read',
      () => Buffer.concat([members(17, Buffer.alloc(15 * MIB)), members(1, Buffer.alloc(1024))]),
    ],
    [
      'a million entries',
      'too-large',
      () => members(1000, Buffer.concat(Array.from({ length: 1000 }, (_, n) => entry({ name: `f${n}` })))),
    ],
    [
      'as many files as are allowed',
      'read',
      () => gzipSync(Buffer.concat(Array.from({ length: 199_000 }, (_, n) => entry({ name: `d/${n}` })))),
    ],
    [
      'as many bytes as are allowed, that cannot be pressed, in few files',
      'too-large',
      () => {
        const noise = Buffer.alloc(4 * MIB);
        for (let at = 0, state = 1; at < noise.length; at += 4) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          noise.writeInt32LE(state, at);
        }
        return gzipSync(
          Buffer.concat(Array.from({ length: 33 }, (_, n) => entry({ name: `f${n}`, body: noise }))),
          { level: 1 },
        );
      },
    ],
  ])('of %s', async (_title, outcome, layer) => {
    expect(await readIn('layer', await fileOf(layer()))).toBe(outcome);
  });
});

/** As many repetitions as fit into the largest index. */
const filled = (head: string, line: (index: number) => string, tail = ''): string => {
  const lines: string[] = [head];
  for (let size = head.length + tail.length, index = 0; ; index++) {
    const next = line(index);
    size += next.length;
    if (size > 50 * MIB) return lines.join('') + tail;
    lines.push(next);
  }
};

describe('an index of 50 MiB', { timeout: 120_000 }, () => {
  test.each<[title: string, outcome: RegExp, index: () => string]>([
    [
      'of one version, again and again',
      /^(read|too-large)$/,
      () => filled('apiVersion: v1\nentries:\n  a:\n', () => '  - name: a\n    version: 1.0.0\n'),
    ],
    [
      'of a chart a line',
      /^(read|too-large)$/,
      () =>
        filled(
          'apiVersion: v1\nentries:\n',
          (n) => `  c${n}:\n  - {name: c${n}, version: 1.0.0, urls: [x]}\n`,
        ),
    ],
    [
      'of absurd versions',
      /^(read|too-large)$/,
      () =>
        filled(
          'apiVersion: v1\nentries:\n  a:\n',
          (n) => `  - name: a\n    version: ${'9'.repeat(300)}.${n}.0\n`,
        ),
    ],
    ['of brackets', /^(malformed|too-large)$/, () => filled('', () => '[')],
    ['of dashes', /^(malformed|too-large)$/, () => filled('entries:\n', () => '- ')],
    [
      'of JSON values',
      /^(read|malformed|too-large)$/,
      () => filled('{"apiVersion":"v1","entries":{"a":[', () => '{"name":"a","version":"1.0.0"},', '{}]}}'),
    ],
  ])('%s', async (_title, outcome, index) => {
    expect(await readIn('index', await fileOf(index()))).toMatch(outcome);
  });
});

describe('YAML that only the full parser can judge', { timeout: 120_000 }, () => {
  // One line of these: the parser keeps a kilobyte for every two bytes of it.
  const UNITS = ['- ', '? ', ': ', '] ', '} ', '"" ', '&a ', '!t ', '*a ', '- a: '];

  test.each(UNITS)('of 8 MiB of %j', async (unit) => {
    expect(await readIn('yaml', await fileOf(unit.repeat((8 * MIB) / unit.length)))).toBe('too-large');
  });

  // 272 Ki tokens are read, of which some units have two.
  const ALONE = ['- ', '? ', ': ', '&a ', '!t ', '*a '];
  test.each([
    ...ALONE.map((unit) => [unit, 272] as const),
    ...['] ', '} ', '"" ', '- a: '].map((unit) => [unit, 136] as const),
  ])('of as much %j as is read', async (unit, kibi) => {
    const text = unit.repeat(kibi * 1024);
    expect(await readIn('yaml', await fileOf(text))).toMatch(/^(malformed|too-large)$/);
  });
});

const page = (inner: string): string => `<ListBucketResult>${inner}</ListBucketResult>`;
const listed = (key: string): string => `<Contents><Key>${key}</Key><ETag>"e"</ETag></Contents>`;

describe('a bucket', { timeout: 120_000 }, () => {
  test('of keys without end', async () => {
    let pages = 0;
    const url = await serve((_request, response) => {
      pages += 1;
      const keys = Array.from({ length: 1000 }, (_, n) => listed(`${'k'.repeat(900)}/${pages}-${n}`)).join(
        '',
      );
      const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${pages}</NextContinuationToken>`;
      response.end(page(keys + next));
    });

    expect(await readIn('bucket', new URL(url).host)).toBe('too-large');
  });

  test('of a hundred objects that never end', async () => {
    const keys = Array.from({ length: 100 }, (_, n) => listed(`k${n}`)).join('');
    const url = await serve((request, response) => {
      if (request.url?.includes('list-type')) response.end(page(keys));
      else sendForEver(response);
    });

    expect(await readIn('bucket', new URL(url).host)).toBe('too-large');
  });

  test('of objects that are more together than is allowed', async () => {
    const keys = Array.from({ length: 100 }, (_, n) => listed(`k${n}`)).join('');
    const body = Buffer.alloc(32 * MIB);
    const url = await serve((request, response) => {
      response.end(request.url?.includes('list-type') ? page(keys) : body);
    });

    expect(await readIn('bucket', new URL(url).host)).toBe('too-large');
  });
});
