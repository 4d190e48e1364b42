import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSession, type Printed } from '../features/cli/recorded-world.ts';
import { git } from '../servers/bare-repository.ts';
import { type GitHostOptions, type HostKind, startGitHost } from '../servers/git-host.ts';
import type { CliCluster } from './cli-session.ts';

/** The folder of the cluster's sync in the repository. */
export const FOLDER = 'clusters/prod/flux-system';
/** What is given to the cluster to read with, but at GitLab. */
export const READ_TOKEN = 'reads-only-1';
const VARIABLE = { github: 'GITHUB_TOKEN', gitlab: 'GITLAB_TOKEN', gitea: 'GITEA_TOKEN' } as const;

/** A Git host, and a person who has registered the cluster as `prod`; with `answers`, at a terminal. */
export async function openBootstrap(
  { controlPlane }: CliCluster,
  kind: HostKind,
  more: { readonly answers?: readonly string[] } & Omit<Partial<GitHostOptions>, 'kind' | 'root'> = {},
) {
  const { answers, ...rest } = more;
  const root = await mkdtemp(join(tmpdir(), 'sluice-git-host-'));
  const host = await startGitHost({ kind, root, ...rest });
  onTestFinished(async () => {
    await host.stop();
    await rm(root, { recursive: true, force: true });
  });
  const env = {
    KUBECONFIG: controlPlane.kubeconfigPath,
    [VARIABLE[kind]]: host.token,
    ...(kind !== 'gitlab' && { SLUICE_SOURCE_TOKEN: READ_TOKEN }),
  };
  const script = openSession({ env });
  await script.sluice('cluster', 'add', 'prod', '--yes');
  const session = answers ? openSession({ env, cwd: script.cwd, answers }) : script;
  const bootstrap = (...flags: string[]): Promise<Printed> =>
    session.sluice(
      ...['bootstrap', kind, '--cluster', 'prod', '--owner', 'acme', '--repository', 'fleet'],
      ...['--path', './clusters/prod/', '--hostname', host.hostname, '--ca-file', host.caFile, ...flags],
    );
  const repository = host.directoryOf('acme', 'fleet');
  const log = () => git(repository, ['log', '--format=%an: %s', 'main']);
  return { ...session, host, bootstrap, repository, log };
}
