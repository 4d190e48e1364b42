import { Fault } from '../../../shared/core/failures.ts';

/** What a partial clone leaves out; objects that are asked for by id are always sent. */
export interface Filter {
  readonly trees: boolean;
  /** Blobs of fewer bytes are sent: 0 is none, undefined is all. */
  readonly blobsBelow: number | undefined;
}

const WHOLE: Filter = { trees: true, blobsBelow: undefined };
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Reads `tree:0`, `blob:none` or `blob:limit=<n>[kmg]`; faults with `unsupported` on every other. */
export function readFilter(spec: string | undefined): Filter {
  if (spec === undefined) return WHOLE;
  if (spec === 'tree:0') return { trees: false, blobsBelow: 0 };
  if (spec === 'blob:none') return { trees: true, blobsBelow: 0 };
  const [, count, unit] = /^blob:limit=(\d{1,12})([kmg]?)$/.exec(spec) ?? [];
  if (count !== undefined) return { trees: true, blobsBelow: Number(count) * (UNITS[unit ?? ''] ?? 1) };
  throw new Fault('unsupported', `filter '${spec}' not supported`, { spec });
}
