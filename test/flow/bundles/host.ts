import './network.ts';

/** An invocation, and how long it may take, seconds. */
export interface Invocation {
  readonly id: number;
  readonly event: unknown;
  readonly timeout: number;
}

/** What the handler returned, or what it threw. */
export interface Finished {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** What Lambda's own runtime does: loads the function once and hands it one event after the other. */
const { handler } = await import(process.argv[2] ?? '');
process.on('message', async ({ id, event, timeout }: Invocation) => {
  const end = performance.now() + timeout * 1000;
  const context = { awsRequestId: `${id}`, getRemainingTimeInMillis: () => end - performance.now() };
  try {
    process.send?.({ id, answer: await handler(event, context) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.stack : String(error) });
  }
});
process.send?.({ id: 0 });
