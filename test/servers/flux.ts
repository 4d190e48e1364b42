import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNursery, type Running } from '../control-plane/processes.ts';
import { cacheDirectory } from './cache.ts';
import { buildPrograms, checkGo } from './go.ts';
import { freePorts } from './ports.ts';

/** The two stock controllers that reconcile what Sluice does. */
export const FLUX_PROGRAMS = ['source-controller', 'kustomize-controller'] as const;
type FluxProgram = (typeof FLUX_PROGRAMS)[number];

/** What to tell someone whose fluxPrograms() are undefined. */
export const HOW_TO_GET_FLUX = `npm run flux builds them (needs Go, about 5 minutes once), or set FLUX_BIN to a folder with ${FLUX_PROGRAMS.join(' and ')}`;

const MODULES: Readonly<Record<FluxProgram, string>> = {
  'source-controller': join(import.meta.dirname, 'flux-source-module'),
  'kustomize-controller': join(import.meta.dirname, 'flux-kustomize-module'),
};

/** The stock controllers' binaries, from the folder that FLUX_BIN names, else those that `npm run flux` built; undefined when they are not there. */
export function fluxPrograms(): Readonly<Record<FluxProgram, string>> | undefined {
  const source = pathOf('source-controller');
  const kustomize = pathOf('kustomize-controller');
  if (!existsSync(source) || !existsSync(kustomize)) return undefined;
  return { 'source-controller': source, 'kustomize-controller': kustomize };
}

/** Builds both unless they are there, each from a module of its own, as they need other versions of the same libraries. */
export async function buildFlux(): Promise<void> {
  for (const name of FLUX_PROGRAMS) {
    if (existsSync(join(builtIn(name), name))) continue;
    checkGo(MODULES[name]);
    const program = { name, package: `github.com/fluxcd/${name}` };
    await buildPrograms('flux', MODULES[name], [program], builtIn(name));
  }
}

function pathOf(name: FluxProgram): string {
  return join(process.env.FLUX_BIN || builtIn(name), name);
}

function builtIn(name: FluxProgram): string {
  const texts = ['go.mod', 'go.sum'].map((file) => readFileSync(join(MODULES[name], file)));
  return cacheDirectory(`flux-${name}`, ...texts);
}

/** What a pair of controllers is started with. */
export interface FluxOptions {
  /** Their scratch and storage; made when absent, kept by `stop`. */
  readonly dir: string;
  readonly kubeconfigPath: string;
  /** Beside what any installation sets. */
  readonly flags?: Readonly<Partial<Record<FluxProgram, readonly string[]>>>;
  /** Beside what they need. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The stock controllers at work. */
export interface Flux {
  readonly pids: Readonly<Record<FluxProgram, number>>;
  /** Requests to the API server since the start, of both together, as they count themselves. */
  readonly requests: () => Promise<number>;
  /** Kills both; their storage stays. */
  readonly stop: () => Promise<void>;
}

const READY_WITHIN_MS = 60_000;

/** Starts the stock source- and kustomize-controller outside of the cluster and waits until both say that they are ready. */
export async function startFlux({
  dir,
  kubeconfigPath,
  flags = {},
  env: more = {},
}: FluxOptions): Promise<Flux> {
  const programs = fluxPrograms();
  if (programs === undefined) throw new Error(HOW_TO_GET_FLUX);
  const storage = join(dir, 'storage');
  const temporary = join(dir, 'tmp');
  for (const folder of [storage, temporary]) mkdirSync(folder, { recursive: true });
  const [files = 0, ...ports] = await freePorts(5);
  const nursery = openNursery(dir);
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: dir, TMPDIR: temporary, KUBECONFIG: kubeconfigPath },
    ...{ RUNTIME_NAMESPACE: 'flux-system', ...more },
  };
  const start = (name: FluxProgram, metrics: number, health: number, own: readonly string[]): Running => {
    const addresses = [`--metrics-addr=127.0.0.1:${metrics}`, `--health-addr=127.0.0.1:${health}`];
    const args = [...addresses, '--log-encoding=json', ...own, ...(flags[name] ?? [])];
    return nursery.start(name, programs[name], args, env);
  };
  const [sourceMetrics = 0, sourceHealth = 0, applyMetrics = 0, applyHealth = 0] = ports;
  const address = `127.0.0.1:${files}`;
  const storageFlags = [
    `--storage-path=${storage}`,
    `--storage-addr=${address}`,
    `--storage-adv-addr=${address}`,
  ];
  const source = start('source-controller', sourceMetrics, sourceHealth, storageFlags);
  const apply = start('kustomize-controller', applyMetrics, applyHealth, []);
  await Promise.all([untilReady(source, sourceHealth), untilReady(apply, applyHealth)]);
  return {
    pids: { 'source-controller': source.pid, 'kustomize-controller': apply.pid },
    requests: async () => {
      const counts = await Promise.all([sourceMetrics, applyMetrics].map(requestsOf));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop: () => nursery.close(),
  };
}

async function untilReady(running: Running, port: number): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    running.assertAlive();
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error(`a controller is not ready, see ${running.log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function requestsOf(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts = text.matchAll(/^rest_client_requests_total\{.*\} (\S+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The most memory that a process has held at once so far, MB; undefined where /proc does not tell. */
export function peakMemory(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}

/** The processor time that a process has taken so far, seconds; undefined where /proc does not tell. */
export function processorTime(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // Its user and system time, fields 14 and 15, in ticks of a hundredth of a second.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
