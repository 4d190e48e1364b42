import { join } from 'node:path';
import { createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import type { Session } from '../features/cli/recorded-world.ts';

/** What a session's state directory holds, as the local runtime opens it. */
export async function openStoredState({ cwd }: Session) {
  const directory = join(cwd, '.sluice');
  const store = await openDirectoryStore({ directory: join(directory, 'store'), clock, chance });
  const secrets = await openDirectorySecrets({ directory: join(directory, 'secrets'), clock, chance });
  return { directory, store, secrets, clusters: createClusters({ store, secrets, clock }) };
}
