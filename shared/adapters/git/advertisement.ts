import { Fault } from '../../core/failures.ts';
import type { GitRef } from '../../ports.ts';
import { createPacketReader, textOf } from './pkt-line.ts';

/** What `GET info/refs` told: a v2 server's capabilities, or all refs of an older one. */
export type Advertisement =
  | { readonly version: 2; readonly capabilities: ReadonlyMap<string, string> }
  | {
      readonly version: 0;
      readonly capabilities: ReadonlyMap<string, string>;
      readonly refs: readonly GitRef[];
    };

const ZERO = '0'.repeat(40);

/** Reads a smart-HTTP advertisement; faults: `malformed`, `unsupported` (SHA-256 repositories), and the server's own ERR. */
export function readAdvertisement(body: Buffer): Advertisement {
  const lines = linesOf(body).filter((line) => !line.startsWith('# service='));
  const first = lines[0] ?? '';
  if (first === 'version 2') {
    const capabilities = parseCapabilities(lines.slice(1));
    refuseSha256(capabilities);
    return { version: 2, capabilities };
  }
  const listed = first === 'version 1' ? lines.slice(1) : lines;
  const [head = '', words = ''] = (listed[0] ?? '').split('\0');
  const capabilities = parseCapabilities(words.split(' '));
  refuseSha256(capabilities);
  const refs = collectRefs([head, ...listed.slice(1)]);
  return { version: 0, capabilities, refs };
}

/** One line of a v2 `ls-refs` answer: `<id> <name> [symref-target:…] [peeled:…]`. */
export function readRefLine(line: string): GitRef | undefined {
  const [id = '', name = '', ...attributes] = line.split(' ');
  if (id === 'unborn') return undefined;
  const peeled = attributes.find((word) => word.startsWith('peeled:'))?.slice('peeled:'.length);
  return refOf(name, id, peeled);
}

/** Throws what an `ERR` packet says. */
export function refuseError(text: string): void {
  if (!text.startsWith('ERR ')) return;
  const said = text.slice(4).trim();
  throw new Fault(/not our ref/i.test(said) ? 'not-found' : 'server-error', `the Git server says: ${said}`, {
    said,
  });
}

/** Faults with `unsupported` when the repository's ids are SHA-256. */
export function refuseSha256(capabilities: ReadonlyMap<string, string>): void {
  const format = capabilities.get('object-format') ?? 'sha1';
  if (format !== 'sha1') throw sha256Fault(format);
}

function linesOf(body: Buffer): string[] {
  const reader = createPacketReader(body);
  const lines: string[] = [];
  for (let packet = reader.next(); packet; packet = reader.next()) {
    if (packet.kind !== 'data') continue;
    const text = textOf(body, packet);
    refuseError(text);
    lines.push(text);
  }
  return lines;
}

function parseCapabilities(words: readonly string[]): Map<string, string> {
  return new Map(
    words.filter(Boolean).map((word) => {
      const equals = word.indexOf('=');
      return equals === -1 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

function collectRefs(lines: readonly string[]): GitRef[] {
  const refs = new Map<string, GitRef>();
  for (const line of lines) {
    const [id = '', name = ''] = line.split(' ');
    if (id === 'shallow' || id === '' || id === ZERO) continue;
    const base = name.endsWith('^{}') ? refs.get(name.slice(0, -3)) : undefined;
    if (base) refs.set(base.name, refOf(base.name, base.id, id));
    else refs.set(name, refOf(name, id));
  }
  return [...refs.values()];
}

function refOf(name: string, id: string, peeled?: string): GitRef {
  for (const value of [id, peeled ?? id]) {
    if (/^[0-9a-f]{64}$/.test(value)) throw sha256Fault('sha256');
    if (!/^[0-9a-f]{40}$/.test(value))
      throw new Fault('malformed', 'the Git server sent a broken list of refs', {});
  }
  return peeled === undefined ? { name, id } : { name, id, peeled };
}

function sha256Fault(format: string): Fault {
  return new Fault('unsupported', `repositories with object format '${format}' are not supported`, {
    format,
  });
}
