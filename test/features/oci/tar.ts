import { gzipSync } from 'node:zlib';

/** What a tar entry says, by hand. */
export interface TarWishes {
  readonly name: string;
  readonly body?: string | Buffer;
  /** `0` a file, `1` a hard link, `2` a symlink, `3` a device, `5` a directory. */
  readonly type?: string;
  readonly mode?: string;
  readonly target?: string;
}

/** One entry, checksum and padding included. */
export function entry({ name, body = '', type = '0', mode = '0000644', target = '' }: TarWishes): Buffer {
  const content = Buffer.from(body);
  const header = Buffer.alloc(512);
  header.write(name, 'utf8');
  header.write(`${mode}\0`, 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write('        ', 148);
  header.write(type, 156);
  header.write(target, 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A tar of these entries, plain. */
export function tar(...entries: readonly TarWishes[]): Buffer {
  return Buffer.concat([...entries.map(entry), Buffer.alloc(1024)]);
}

/** The same in gzip. */
export function tarGz(...entries: readonly TarWishes[]): Buffer {
  return gzipSync(tar(...entries));
}
