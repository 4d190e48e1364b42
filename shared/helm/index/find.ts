import { goJson } from './write.ts';

/** One version of a chart in a stored index, as far as it is needed to get it. */
export interface IndexedVersion {
  readonly name: string;
  readonly version: string;
  readonly urls: readonly string[];
  /** As `sha256:<hex>`, in capital letters or without its algorithm, or anything else that somebody wrote. */
  readonly digest?: string;
  /** RFC 3339. */
  readonly created: string;
}

/**
 * The versions of a chart in an index as we store it; undefined when it has no such chart. Only that chart is read:
 * what is sought for is where our own writer puts it, and no text in JSON holds a line break.
 */
export function findVersions(index: Uint8Array, chart: string): readonly IndexedVersion[] | undefined {
  const text = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  const start = text.indexOf('\n  "entries": {\n');
  if (start === -1) return undefined;
  const end = text.indexOf('\n  }', start);
  const key = `\n    ${goJson(chart, '')}: `;
  const at = text.indexOf(key, start);
  if (at === -1 || at > end) return undefined;
  const from = at + Buffer.byteLength(key);
  if (text[from] !== BRACKET || text[from + 1] === CLOSED) return [];
  const last = text.indexOf('\n    ]', from);
  return JSON.parse(text.toString('utf8', from, last + '\n    ]'.length)) as IndexedVersion[];
}

const BRACKET = 91;
const CLOSED = 93;
