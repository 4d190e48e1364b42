/** npm hands on the Ctrl-C that the terminal has sent already: one that comes within this time is the same, milliseconds. */
const SAME_MS = 500;

/** Calls `told` and fires at the first Ctrl-C or SIGTERM; a later one ends the process at once with `code`. */
export function onInterrupt(code: number, told: () => void): AbortSignal {
  const over = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  const stop = () => {
    if (performance.now() - first > SAME_MS) process.exit(code);
    if (over.signal.aborted) return;
    first = performance.now();
    told();
    over.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return over.signal;
}
