import type { ServerResponse } from 'node:http';
import { toJson } from '../../../../shared/core/json.ts';
import { ApiError, badRequest } from '../api-error.ts';
import type { Call, Watched } from '../model.ts';
import { apiVersionOf } from '../requests/versions.ts';
import type { Exchange } from './exchange.ts';
import { entryItem, type Item } from './item.ts';
import { type WatchOptions, watchOptions } from './options.ts';
import { demandVerb } from './resources.ts';
import { notAcceptable, toStatus } from './status.ts';
import { printerOf } from './tables/printers.ts';
import { includeObjectOf, partialJson, tableJson } from './tables/table.ts';

/** Half an hour to an hour is what a real server gives a watch that asks for no time: the middle. */
export const WATCH_SECONDS = 45 * 60;

/** 8 MiB that a watcher has not read beside what was there at its start: who is slower starts anew, as on a real server. */
export const MAX_WATCH_BACKLOG = 8 * 1024 * 1024;

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** A stream of events on `response`, until the client goes, the time is up, or `served.watches` ends it. Throws what is refused before it begins. */
export function streamWatch(exchange: Exchange, call: Call, response: ServerResponse): void {
  demandVerb(call, 'watch');
  if (exchange.headers.upgrade !== undefined) {
    throw badRequest('watches over WebSocket are not served: ask for a plain HTTP stream');
  }
  if (exchange.format.encoding === 'yaml') throw notAcceptable(['application/json;stream=watch']);
  const options = watchOptions(exchange.query);
  const frame = framer(exchange, call);
  const waiting: Watched[] = [];
  let send = (event: Watched): void => void waiting.push(event);
  const stop = open(exchange, call, options, (event) => send(event));

  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  if (stop instanceof ApiError) {
    response.end(`${toJson({ type: 'ERROR', object: toStatus(stop) })}\n`);
    return;
  }
  const end = keep(exchange, options, response, stop);
  let allowance = Number.POSITIVE_INFINITY;
  send = (event) => {
    if (event.type === 'BOOKMARK' && !isServed(exchange, call)) end();
    else if (event.type !== 'BOOKMARK' || options.bookmarks) response.write(frame(event));
    if (response.writableLength > allowance) response.destroy();
  };
  for (const event of waiting) send(event);
  allowance = response.writableLength + MAX_WATCH_BACKLOG;
}

// A definition that is deleted takes its watchers with it, within a minute.
function isServed({ served }: Exchange, { type: { group, version, plural } }: Call): boolean {
  return served.catalog.resource(group, version, plural) !== undefined;
}

// A version that is too old, or not there yet, is told within the stream.
function open(
  { served }: Exchange,
  call: Call,
  { bookmarks: _, timeoutSeconds: __, ...query }: WatchOptions,
  listener: (event: Watched) => void,
): (() => void) | ApiError {
  try {
    return served.api.watch(call, query, listener);
  } catch (error) {
    if (error instanceof ApiError && (error.code === 410 || error.code === 504)) return error;
    throw error;
  }
}

function keep(
  { served }: Exchange,
  { timeoutSeconds = WATCH_SECONDS }: WatchOptions,
  response: ServerResponse,
  stop: () => void,
): () => void {
  const end = () => {
    release();
    response.end();
  };
  const cancel = served.nature.after(timeoutSeconds * 1_000, end);
  const release = () => {
    served.watches.delete(end);
    cancel();
    stop();
  };
  served.watches.add(end);
  response.once('close', release);
  return end;
}

/** One line of the stream for an event, in the form that was asked for; a Table has its headers in the first one only. */
function framer(exchange: Exchange, { type }: Call): (event: Watched) => string {
  const { served, query } = exchange;
  const { as, metaVersion } = exchange.format;
  const include = includeObjectOf(query);
  const printer = printerOf(type);
  let headers = true;
  const shown = (item: Item): string => {
    if (as === undefined) return item.whole();
    if (as !== 'Table') return partialJson(item, metaVersion);
    const { resourceVersion } = item.value().metadata as { resourceVersion?: string };
    const style = { printer, include, now: served.nature.now(), metaVersion, headers };
    headers = false;
    return tableJson([item], toJson({ resourceVersion }), style);
  };
  return (event) => {
    const item = event.type === 'BOOKMARK' ? bookmarkItem(event, type) : entryItem(event.entry, type);
    return `{"type":"${event.type}","object":${shown(item)}}\n`;
  };
}

function bookmarkItem(
  { revision, initialEventsEnd }: Extract<Watched, { type: 'BOOKMARK' }>,
  type: Call['type'],
): Item {
  const annotations = initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  const value = { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
  const whole = () => toJson(value);
  return { metadata: () => toJson(metadata), whole, listed: whole, value: () => value };
}
