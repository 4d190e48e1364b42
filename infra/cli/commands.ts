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
    words: ['install'],
    summary: "Create and upgrade the Flux kinds' definitions in a cluster",
    load: () => import('./install.ts'),
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
];
