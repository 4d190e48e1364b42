import type { IncomingMessage } from 'node:http';
import { Fault } from '../../core/failures.ts';
import { parseJson } from '../../core/json.ts';
import type { Collection, KubernetesObject, WatchEvent } from '../../ports.ts';
import { abortFault } from './exchange.ts';
import { type About, type ApiStatus, networkFault, statusFault } from './faults.ts';
import { named } from './lists.ts';

/** How long the server keeps a watch open, in seconds; it then closes it and the caller resumes. */
export const WATCH_SECONDS = 240;
/** Silence after which a watch counts as dead, in milliseconds: the API server sends a bookmark each minute, so two were lost. */
export const WATCH_STALL_MS = 130_000;

/** What bounds one watch. */
export interface WatchLimits {
  readonly stallMs: number;
  /** Longest event, in bytes. */
  readonly maxBytes: number;
  /** Any of them breaks the watch off, with its fault. */
  readonly signals: readonly AbortSignal[];
}

/** The query of a watch that resumes after `resourceVersion`. */
export function watchQuery(resourceVersion: string, labelSelector?: string): string {
  const query = new URLSearchParams({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion });
  query.set('timeoutSeconds', String(WATCH_SECONDS));
  if (labelSelector) query.set('labelSelector', labelSelector);
  return `?${query}`;
}

/** The events of an open watch; Faults `gone`, `timeout` (no byte for `stallMs`), `unreachable` (broke off), `malformed`, `too-large`. */
export async function* readEvents(
  collection: Collection,
  response: IncomingMessage,
  about: About & { readonly origin: string },
  limits: WatchLimits,
): AsyncIterable<WatchEvent> {
  const signal = AbortSignal.any([...limits.signals]);
  const stop = () => response.destroy(abortFault(signal, about));
  signal.addEventListener('abort', stop, { once: true });
  // Silence counts only while we listen, not while the consumer is at work.
  let listening = true;
  const stalled = setTimeout(() => {
    if (listening) response.destroy(stall(limits.stallMs, about));
    else stalled.refresh();
  }, limits.stallMs);
  try {
    for await (const line of readLines(response, limits.maxBytes, () => stalled.refresh())) {
      if (signal.aborted) throw abortFault(signal, about);
      listening = false;
      yield parseEvent(collection, line, about);
      listening = true;
      stalled.refresh();
    }
  } catch (error) {
    throw networkFault(error, about, about.origin);
  } finally {
    clearTimeout(stalled);
    signal.removeEventListener('abort', stop);
    response.destroy();
  }
}

async function* readLines(
  response: IncomingMessage,
  maxBytes: number,
  onBytes: () => void,
): AsyncIterable<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    onBytes();
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(parts.splice(0)).toString('utf8');
      size = 0;
      if (line.trim()) yield line;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxBytes) throw new Fault('too-large', `a watch event is larger than ${maxBytes} bytes`);
  }
  if (size > 0) throw new Fault('malformed', 'the watch ended inside an event');
}

function parseEvent(collection: Collection, line: string, about: About): WatchEvent {
  const { type, object } = parseLine(line, about);
  if (type === 'ERROR') {
    const status = object as unknown as ApiStatus;
    throw statusFault(status.code ?? 500, status, about);
  }
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
    throw new Fault('malformed', `the watch sent an event of unknown type ${type}`, { ...about });
  }
  return { type, object: named(collection, object) };
}

function parseLine(line: string, about: About): { type: string; object: Partial<KubernetesObject> } {
  try {
    const { type, object } = parseJson(line) as { type: unknown; object: Partial<KubernetesObject> | null };
    if (typeof type === 'string' && typeof object === 'object' && object !== null) return { type, object };
  } catch {
    // Said below.
  }
  throw new Fault('malformed', 'the watch sent an event that cannot be read', {
    method: about.method,
    path: about.path,
  });
}

function stall(stallMs: number, about: About): Fault {
  const { method, path } = about;
  return new Fault('timeout', `the watch was silent for ${stallMs} ms`, { method, path });
}
