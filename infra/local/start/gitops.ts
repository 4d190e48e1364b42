import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomKey } from '../../../shared/adapters/local/system.ts';
import { API_VERSION } from '../../../shared/api/vocabulary.ts';
import type { Clock, Cluster } from '../../../shared/ports.ts';
import { exampleObjects, readExample, webhookSecret } from '../example.ts';
import { serveRepositories } from '../git/serve.ts';
import { type WatchOptions, watchFolder } from '../git/watch-folder.ts';

/** The folder's name in the state directory, and the repository's in URLs. */
const NAME = 'gitops';
/** Ours: stays the same over restarts when it is free, so that `spec.url` does. */
const PORT = 8417;
/** As GitHub's documentation suggests for a secret. */
const TOKEN_BYTES = 20;
/** As in examples/gitops. */
const REPOSITORY = {
  apiVersion: API_VERSION.source,
  kind: 'GitRepository',
  namespace: 'sluice-demo',
  name: NAME,
} as const;

/** A repository for whoever has none yet: a folder whose saved changes are commits. */
export interface Gitops {
  readonly folder: string;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the folder, which begins as a copy of examples/gitops, and tells each commit. */
export async function openGitops(
  directory: string,
  clock: Clock,
  told: Pick<WatchOptions, 'committed' | 'problem'>,
): Promise<Gitops> {
  const folder = join(directory, NAME);
  const isNew = !existsSync(folder);
  if (isNew) placeExample(folder);
  let begun = !isNew;
  const message = (paths: readonly string[]): string => {
    const text = begun
      ? `Save ${paths.length === 1 ? paths[0] : `${paths.length} files`}`
      : 'Begin with the example';
    begun = true;
    return text;
  };
  const watch = await watchFolder(folder, { clock, message, ...told });
  const server = await serveAt(directory, PORT);
  return {
    folder,
    url: `${server.url}/${NAME}.git`,
    close: async () => {
      await watch.close();
      await server.stop();
    },
  };
}

/** At once: a process that dies meanwhile leaves no half of it. */
function placeExample(folder: string): void {
  const half = `${folder}.new`;
  rmSync(half, { recursive: true, force: true });
  for (const [path, text] of readExample()) {
    const file = join(half, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  renameSync(half, folder);
}

async function serveAt(root: string, port: number): ReturnType<typeof serveRepositories> {
  try {
    return await serveRepositories({ root, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return serveRepositories({ root });
  }
}

/** Where a cluster notes that all of `clusters/demo` was applied once: what a person deletes later stays away. */
const NOTED_AT = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' } as const;
const NOTE = 'sluice.dev/example-applied';

/** What `clusters/demo` says, as `kubectl apply` would; later only the address, where it is still ours and has moved. */
export async function followGitops(cluster: Cluster, { url }: Gitops): Promise<void> {
  const noted = await cluster.get(NOTED_AT);
  if (noted?.metadata.annotations?.[NOTE] === undefined) {
    const [namespace, ...rest] = exampleObjects(readExample(), url);
    const secret = webhookSecret(Buffer.from(randomKey(TOKEN_BYTES)).toString('hex'));
    for (const object of [...(namespace ? [namespace] : []), secret, ...rest])
      await cluster.apply(object, { fieldManager: 'kubectl' });
    const merge = { metadata: { annotations: { [NOTE]: 'true' } } };
    await cluster.patch(NOTED_AT, { merge }, { fieldManager: 'sluice' });
    return;
  }
  const found = await cluster.get(REPOSITORY);
  const spec = found?.spec as { readonly url?: string } | undefined;
  const isOurs = spec?.url !== undefined && /^http:\/\/127\.0\.0\.1:\d+\/gitops\.git$/.test(spec.url);
  if (isOurs && spec.url !== url)
    await cluster.patch(REPOSITORY, { merge: { spec: { url } } }, { fieldManager: 'kubectl' });
}

export { REPOSITORY as GITOPS_REPOSITORY };
