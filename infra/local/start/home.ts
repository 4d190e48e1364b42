import { join } from 'node:path';
import { systemChance } from '../../../shared/adapters/local/system.ts';
import { messageOf } from '../../../shared/core/failures.ts';
import type { Log, Ports } from '../../../shared/ports.ts';
import { newMessage } from '../../../shared/reconcile/enqueue.ts';
import type { LocalState } from '../../cli/state.ts';
import type { World } from '../../cli/world.ts';
import type { Opened } from './banner.ts';
import { EMBEDDED, type Embedded, openEmbedded } from './embedded.ts';
import { followGitops, GITOPS_REPOSITORY, openGitops } from './gitops.ts';

/** A cluster and a repository of our own, for whoever has none yet. */
export interface Home {
  readonly shown: Pick<Opened, 'embedded' | 'gitops'>;
  /** Lets the cluster follow the repository; from now on each commit is announced. */
  readonly follow: (ports: Ports) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens them in the state directory; undefined when other clusters are registered and ours never was. */
export async function openHome(state: LocalState, world: World, log: Log): Promise<Home | undefined> {
  const embedded = await openEmbedded(state, world);
  if (embedded === undefined) return undefined;
  let announce: (() => void) | undefined;
  let waiting = false;
  const gitops = await openGitops(state.directory, world.clock, {
    committed: ({ id, message }) => {
      if (announce === undefined) {
        waiting = true;
        return;
      }
      log.info(`commit ${id.slice(0, 7)}: ${message}`);
      announce();
    },
    problem: (message) => log.warn(message),
  });
  return {
    shown: {
      embedded: shownCluster(embedded, state),
      gitops: { folder: join(state.shown, 'gitops'), url: gitops.url },
    },
    follow: async (ports) => {
      const { cluster } = await ports.clusters.open(embedded.cluster.id);
      await followGitops(cluster, gitops);
      announce = () =>
        void send(ports, embedded.cluster.id).catch((error: unknown) =>
          log.warn('commit not announced', { error: messageOf(error) }),
        );
      if (waiting) announce();
    },
    close: async () => {
      await gitops.close();
      await embedded.close();
    },
  };
}

function shownCluster({ cluster }: Embedded, state: LocalState): NonNullable<Opened['embedded']> {
  const { url, version } = cluster;
  const kubeconfig = join(state.shown, 'kubeconfig');
  const windows = process.platform === 'win32';
  const exported = windows ? `$env:KUBECONFIG = '${kubeconfig}'` : `export KUBECONFIG=${kubeconfig}`;
  return { name: EMBEDDED, version, url, kubeconfig, exported };
}

/** What a webhook's delivery would put into the queue. */
async function send({ queues, clock }: Ports, cluster: string): Promise<void> {
  const message = newMessage(cluster, GITOPS_REPOSITORY, 'delivery', clock.now(), systemChance.uuid());
  await queues.send('arrivals', [{ body: JSON.stringify(message) }]);
}
