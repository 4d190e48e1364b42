import type { Command } from './command.ts';

/** A row of the table: the words that call it, a line of help, and its file. */
export interface CommandEntry {
  readonly words: readonly string[];
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Every command; loaded when it is called, so that `--help` is quick. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    words: ['dev'],
    summary: 'Run everything in this process, for the clusters in the state directory',
    load: () => import('./dev.ts'),
  },
  {
    words: ['get'],
    summary: 'List the Flux objects of every registered cluster',
    load: () => import('./get.ts'),
  },
  {
    words: ['install'],
    summary: "Create and upgrade the Flux kinds' definitions in a cluster",
    load: () => import('./install.ts'),
  },
  {
    words: ['bootstrap', 'github'],
    summary: 'Let a cluster follow a repository at GitHub',
    load: () => import('./bootstrap-github.ts'),
  },
  {
    words: ['bootstrap', 'gitlab'],
    summary: 'Let a cluster follow a repository at GitLab',
    load: () => import('./bootstrap-gitlab.ts'),
  },
  {
    words: ['bootstrap', 'gitea'],
    summary: 'Let a cluster follow a repository at Gitea or Forgejo',
    load: () => import('./bootstrap-gitea.ts'),
  },
  {
    words: ['bootstrap', 'git'],
    summary: 'Let a cluster follow a repository at any Git server',
    load: () => import('./bootstrap-git.ts'),
  },
  {
    words: ['cluster', 'add'],
    summary: 'Register a cluster, or change its settings',
    load: () => import('./cluster-add.ts'),
  },
  {
    words: ['cluster', 'list'],
    summary: 'List the registered clusters',
    load: () => import('./cluster-list.ts'),
  },
  {
    words: ['cluster', 'remove'],
    summary: 'Leave a cluster',
    load: () => import('./cluster-remove.ts'),
  },
  {
    words: ['upload'],
    summary: "Put a folder's files where a cluster's Buckets can read them",
    load: () => import('./upload.ts'),
  },
  {
    words: ['bucket', 'connect'],
    summary: 'Have changes in an S3 bucket of yours acted on at once',
    load: () => import('./bucket-connect.ts'),
  },
  {
    words: ['webhook', 'add'],
    summary: 'Make one webhook for all clusters',
    load: () => import('./webhook-add.ts'),
  },
  {
    words: ['webhook', 'list'],
    summary: 'List the webhooks that are for all clusters',
    load: () => import('./webhook-list.ts'),
  },
  {
    words: ['webhook', 'remove'],
    summary: 'Stop listening to a webhook that is for all clusters',
    load: () => import('./webhook-remove.ts'),
  },
  {
    words: ['doctor'],
    summary: 'Look at everything that has to work',
    load: () => import('./doctor.ts'),
  },
  {
    words: ['failed', 'list'],
    summary: 'List the messages that were given up',
    load: () => import('./failed-list.ts'),
  },
  {
    words: ['failed', 'show'],
    summary: 'Show all of a message that was given up',
    load: () => import('./failed-show.ts'),
  },
  {
    words: ['failed', 'retry'],
    summary: 'Put messages that were given up back into their queues',
    load: () => import('./failed-retry.ts'),
  },
];
