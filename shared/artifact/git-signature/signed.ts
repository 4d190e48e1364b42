/** A commit or tag taken apart: what was signed, and by what. */
export interface Signed {
  /** As stored, without the signature. */
  readonly payload: Buffer;
  /** Armored; empty when there is none. */
  readonly signature: string;
}

const BEGINS = ['-----BEGIN PGP SIGNATURE-----', '-----BEGIN SSH SIGNATURE-----'];
const HEADER = 'gpgsig ';

/** A commit's signature is a header whose lines go on after a space. */
export function signedCommit(data: Buffer): Signed {
  const end = data.indexOf('\n\n');
  const head = data.subarray(0, end === -1 ? data.length : end + 1).toString('latin1');
  const start = head.startsWith(HEADER) ? 0 : head.indexOf(`\n${HEADER}`) + 1;
  if (!head.startsWith(HEADER, start)) return { payload: data, signature: '' };
  let after = start;
  do after = head.indexOf('\n', after) + 1;
  while (after > 0 && head[after] === ' ');
  const lines = head.slice(start + HEADER.length, after).replaceAll('\n ', '\n');
  return { payload: Buffer.concat([data.subarray(0, start), data.subarray(after)]), signature: lines.trim() };
}

/** A tag's signature ends its message. */
export function signedTag(data: Buffer): Signed {
  const starts = BEGINS.map((line) => lineStart(data, line)).filter((at) => at !== -1);
  if (starts.length === 0) return { payload: data, signature: '' };
  const start = Math.max(...starts);
  return { payload: data.subarray(0, start), signature: data.toString('latin1', start).trim() };
}

/** Where the last line that begins so begins, or -1. */
function lineStart(data: Buffer, line: string): number {
  const at = data.lastIndexOf(`\n${line}`);
  return at === -1 ? -1 : at + 1;
}
