import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { peakMemory, processorTime, startFlux } from '../../servers/flux.ts';

/** Where a contender works. */
export interface Place {
  readonly dir: string;
  /** Registered, and owned by our deployment. */
  readonly stateDirectory: string;
  readonly kubeconfigPath: string;
}

/** What a contender has used so far. */
export interface Used {
  readonly requests: number;
  /** MB; undefined where the system does not tell. */
  readonly peakMemory: number | undefined;
  /** Seconds of processor time. */
  readonly processorTime: number | undefined;
  /** Requests by method and collection, where they are known. */
  readonly byKind?: Readonly<Record<string, number>>;
}

/** Whoever reconciles the fleet, running. */
export interface Contender {
  readonly used: () => Promise<Used>;
  readonly stop: () => Promise<void>;
}

/** How a contender is started. */
export type Start = (place: Place) => Promise<Contender>;

/** Ours: the local runtime, in a process of its own. */
export function ours(environment: Readonly<Record<string, string>> = {}): Start {
  return async ({ stateDirectory }) => {
    const program = join(import.meta.dirname, 'process.ts');
    const flags = (process.env.BENCH_NODE_FLAGS ?? '').split(' ').filter((flag) => flag !== '');
    const child = spawn(process.execPath, [...flags, program, stateDirectory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const lines = createInterface({ input: child.stdout });
    await nextLine(lines);
    return { used: () => usedBy(child, lines), stop: () => end(child) };
  };
}

async function usedBy(child: ChildProcess, lines: Interface): Promise<Used> {
  child.stdin?.write('\n');
  const { counts, warnings } = JSON.parse(await nextLine(lines)) as {
    counts: Record<string, number>;
    warnings: readonly string[];
  };
  for (const warning of warnings) console.error(`  ours warned: ${warning}`);
  const requests = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const pid = child.pid ?? 0;
  return { requests, peakMemory: peakMemory(pid), processorTime: processorTime(pid), byKind: counts };
}

function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('our process ended')));
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await ended;
}

/** The stock controllers, each in a process of its own, with the flags of an installation beside `flags`. */
export function flux(flags: {
  readonly source: readonly string[];
  readonly kustomize: readonly string[];
}): Start {
  return async ({ dir, kubeconfigPath }) => {
    const own = join(dir, 'flux');
    mkdirSync(own, { recursive: true });
    const controllers = await startFlux({
      ...{ dir: own, kubeconfigPath },
      flags: { 'source-controller': flags.source, 'kustomize-controller': flags.kustomize },
    });
    return {
      used: async () => ({
        requests: await controllers.requests(),
        peakMemory: sum(Object.values(controllers.pids).map(peakMemory)),
        processorTime: sum(Object.values(controllers.pids).map(processorTime)),
      }),
      stop: controllers.stop,
    };
  };
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce(
    (total, value) => (total === undefined || value === undefined ? undefined : total + value),
    0,
  );
}
