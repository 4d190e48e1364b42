import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { errorText, isOutOfMemory } from '../../../shared/adapters/exec/error-text.ts';
import { findKustomize } from '../../../shared/adapters/exec/kustomize-binary.ts';
import { semaphore } from '../../../shared/adapters/exec/semaphore.ts';
import { readZipEntry } from '../../../shared/adapters/exec/zip-entry.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-tools-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('finding kustomize', () => {
  const other = { cacheDirectory: directory, platform: 'plan9-mips', searchPath: '' };

  it('says what to install where there is none', async () => {
    await expect(findKustomize(other)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/install kustomize 5\.8 or kubectl 1\.36 on PATH/),
    });
  });

  it('takes the first kustomize or kubectl on PATH that can be executed', async () => {
    const file = join(directory, 'kubectl');
    writeFileSync(file, '#!/bin/sh\n');
    const search = { ...other, searchPath: `/nowhere:${directory}` };
    chmodSync(file, 0o600);
    await expect(findKustomize(search)).rejects.toMatchObject({ code: 'unsupported' });

    chmodSync(file, 0o700);

    expect(await findKustomize(search)).toMatchObject({
      file,
      arguments: expect.arrayContaining(['kustomize', '.']),
    });
  });

  it('takes the kubectl it is told', async () => {
    const found = await findKustomize({ ...other, kubectl: '/opt/kubectl/kubectl' });

    expect(found.file).toBe('/opt/kubectl/kubectl');
  });
});

describe('what kustomize says when it fails', () => {
  const root = '/dev/shm/sluice-Ab12/tree';

  it('is told without our directory, the command line and warnings', () => {
    const stderr = [
      'Flag --reorder has been deprecated, use the new field.',
      "# Warning: 'bases' is deprecated.",
      `error: accumulating resources: open ${root}/apps/x.yaml: no such file in '${root}'`,
    ].join('\n');

    expect(errorText(stderr, root)).toBe("accumulating resources: open apps/x.yaml: no such file in '.'");
  });

  it('[KS-30 panic] is a sentence when it panicked', () => {
    const stderr = `panic: runtime error: index out of range [1] with length 1\n\ngoroutine 1 [running]:\nmain.main()\n\t${root}/x.go:1\n`;

    expect(errorText(stderr, root)).toBe(
      'recovered from kustomize build panic: runtime error: index out of range [1] with length 1',
    );
  });

  it('is never longer than a condition holds', () => {
    expect(errorText(`error: ${'x'.repeat(100_000)}`, root).length).toBeLessThan(5000);
  });

  it('is known to be a want of memory', () => {
    expect(isOutOfMemory('fatal error: runtime: out of memory\n')).toBe(true);
    expect(isOutOfMemory('runtime: out of memory: cannot allocate 4194304-byte block\n')).toBe(true);
    expect(isOutOfMemory('error: out of memory lane\n')).toBe(false);
  });
});

describe('a zip archive', () => {
  const archive = join(directory, 'a.zip');
  writeFileSync(archive, zipOf({ 'kubectl/kubectl': 'program', 'b.txt': 'text '.repeat(100) }));

  it('gives one file, stored or deflated', async () => {
    expect(Buffer.from(await readZipEntry(archive, 'b.txt')).toString()).toBe('text '.repeat(100));
    expect(Buffer.from(await readZipEntry(archive, 'kubectl/kubectl')).toString()).toBe('program');
  });

  it('says when a file is not in it, or when it is no archive', async () => {
    const text = join(directory, 'text');
    writeFileSync(text, 'not a zip archive, but long enough to be one');

    await expect(readZipEntry(archive, 'nope')).rejects.toMatchObject({ code: 'not-found' });
    await expect(readZipEntry(text, 'b.txt')).rejects.toMatchObject({ code: 'malformed' });
  });
});

describe('builds at once', () => {
  it('are bounded, and the rest run in turn', async () => {
    const slots = semaphore(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];

    await Promise.all(
      [0, 1, 2, 3, 4].map((index) =>
        slots(async () => {
          running += 1;
          most = Math.max(most, running);
          await Promise.resolve();
          order.push(index);
          running -= 1;
          if (index === 1) throw new Error('one fails');
        }).catch(() => undefined),
      ),
    );

    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });
});

/** A zip archive: names with `/` stored, the others deflated. */
function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const plain = Buffer.from(text);
    const method = name.includes('/') ? 0 : 8;
    const data = method === 0 ? plain : deflateRawSync(plain);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(method, 4);
    head.writeUInt32LE(crc32(plain), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(plain.length, 18);
    head.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), head, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), head, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
