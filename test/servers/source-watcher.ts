import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openNursery } from '../control-plane/processes.ts';
import { freePorts } from './ports.ts';

/** The stock source-watcher, from the folder that FLUX_BIN names; undefined when it is not there. */
export function sourceWatcher(): string | undefined {
  const folder = process.env.FLUX_BIN;
  const program = folder ? join(folder, 'source-watcher') : '';
  return folder && existsSync(program) ? program : undefined;
}

/** A source-watcher at work on the generators of one namespace. */
export interface Watcher {
  /** Where it keeps what it made. */
  readonly storage: string;
  readonly stop: () => Promise<void>;
}

/** Starts it outside of the cluster, bound to the loopback alone. */
export async function startSourceWatcher(options: {
  readonly dir: string;
  readonly kubeconfigPath: string;
  readonly namespace: string;
}): Promise<Watcher> {
  const program = sourceWatcher();
  if (program === undefined) throw new Error('set FLUX_BIN to a folder with source-watcher');
  const { dir, kubeconfigPath, namespace } = options;
  const storage = join(dir, 'storage');
  const temporary = join(dir, 'tmp');
  for (const folder of [storage, temporary]) mkdirSync(folder, { recursive: true });
  const [files = 0, metrics = 0, health = 0] = await freePorts(3);
  const nursery = openNursery(dir);
  const at = (port: number): string => `127.0.0.1:${port}`;
  const running = nursery.start(
    'source-watcher',
    program,
    [
      ...[`--metrics-addr=${at(metrics)}`, `--health-addr=${at(health)}`, '--watch-all-namespaces=false'],
      ...[`--storage-path=${storage}`, `--storage-addr=${at(files)}`, `--storage-adv-addr=${at(files)}`],
      '--log-encoding=json',
    ],
    {
      ...{ PATH: process.env.PATH ?? '', HOME: dir, TMPDIR: temporary, KUBECONFIG: kubeconfigPath },
      RUNTIME_NAMESPACE: namespace,
    },
  );
  running.assertAlive();
  return { storage, stop: () => nursery.close() };
}
