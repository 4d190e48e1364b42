import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../shared/core/failures.ts';
import type { ClusterRecord } from '../../../shared/ports.ts';
import { command as add } from '../../cli/cluster-add.ts';
import { forgetCluster } from '../../cli/forget.ts';
import { parseInput } from '../../cli/parse.ts';
import type { LocalState } from '../../cli/state.ts';
import type { World } from '../../cli/world.ts';
import { type EmbeddedCluster, openCluster } from '../cluster/open.ts';

/** The name it is registered under. */
export const EMBEDDED = 'embedded';

/** The embedded cluster of `npm start`, registered. */
export interface Embedded {
  readonly cluster: EmbeddedCluster;
  /** For the person's kubectl, absolute. */
  readonly kubeconfig: string;
  readonly close: () => Promise<void>;
}

/** Opens the embedded cluster that is kept in the state directory, a new one when no cluster is registered; undefined when only others are. */
export async function openEmbedded(state: LocalState, world: World): Promise<Embedded | undefined> {
  const file = join(state.directory, 'cluster.db');
  const records = await state.clusters.list(() => undefined);
  const known = records.find(({ name }) => name === EMBEDDED);
  if (known === undefined && records.length > 0) return undefined;
  const cluster = await openAt(file, known);
  try {
    const kubeconfig = join(state.directory, 'kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
    await register({ cluster, kubeconfig, known, state, world });
    return { cluster, kubeconfig, close: cluster.close };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** At the port that its kubeconfig names, so that a shell in which it is exported goes on working; at another when that is taken. */
async function openAt(file: string, known: ClusterRecord | undefined): Promise<EmbeddedCluster> {
  const port = known === undefined ? 0 : Number(new URL(known.server).port);
  try {
    return await openCluster({ file, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return openCluster({ file });
  }
}

interface Registering {
  readonly cluster: EmbeddedCluster;
  readonly kubeconfig: string;
  readonly known: ClusterRecord | undefined;
  readonly state: LocalState;
  readonly world: World;
}

/** Nothing when it is registered as it is. */
async function register({ cluster, kubeconfig, known, state, world }: Registering): Promise<void> {
  if (known?.id === cluster.id && known.server === cluster.url) return;
  // The file is gone, and with it the cluster of that record.
  if (known !== undefined && known.id !== cluster.id) await forgetCluster(state, known.id);
  const said: string[] = [];
  const quiet = { ...world, out: (text: string) => said.push(text), interactive: false, symbols: false };
  const argv = [
    EMBEDDED,
    '--kubeconfig',
    kubeconfig,
    '--state',
    state.directory,
    '--profile',
    'flux',
    '--yes',
  ];
  try {
    await add.run(parseInput('cluster add', add, argv), { ...quiet, err: quiet.out });
  } catch (error) {
    throw new Error(`the embedded cluster cannot be registered: ${messageOf(error)}\n${said.join('\n')}`, {
      cause: error,
    });
  }
}
