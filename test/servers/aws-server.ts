import type { Running } from '../control-plane/processes.ts';
import { accepts } from './ports.ts';

/** A server that speaks as AWS does, and what a client needs to know to reach it. */
export interface AwsServer {
  readonly access: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly stop: () => Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 50;

/** Waits until a port of the loopback takes connections; throws the log's end when `server` has ended. */
export async function untilListening(port: number, server: Running): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  while (!(await accepts(port))) {
    server.assertAlive();
    if (performance.now() > end) throw new Error(`nothing listens on port ${port}, see ${server.log}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
