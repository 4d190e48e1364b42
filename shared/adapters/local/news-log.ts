import type { Log } from '../../ports.ts';

/** Objects whose last line is remembered; beyond that all are forgotten, and a line may come twice. */
const MAX_REMEMBERED = 10_000;

/** A log for people: what an object says again and again, as at every retry, is written once until it says something else. */
export function createNewsLog(log: Log): Log {
  const last = new Map<string, string>();
  const once =
    (write: Log['info']): Log['info'] =>
    (message, data) => {
      const about = /^[A-Z]\w*\/\S+/.exec(message)?.[0];
      if (about !== undefined) {
        if (last.get(about) === message) return;
        if (last.size >= MAX_REMEMBERED) last.clear();
        last.set(about, message);
      }
      write(message, data);
    };
  return { info: once(log.info), warn: once(log.warn), error: log.error };
}
