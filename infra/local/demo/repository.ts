import type { Clock } from '../../../shared/ports.ts';
import { readExample } from '../example.ts';
import { serveRepositories } from '../git/serve.ts';
import { commit, createRepository } from '../git/write.ts';

/** The example repository on a Git server, as a person changes it. */
export interface DemoRepository {
  /** What `spec.url` of a GitRepository says. */
  readonly url: string;
  readonly files: ReadonlyMap<string, string>;
  readonly head: () => Commit;
  /** Changes files (null removes one) and pushes; resolves when the branch has moved. */
  readonly push: (message: string, change: Change) => Promise<Commit>;
  /** When fetches of packs were answered, in milliseconds of `performance.now()`. */
  readonly fetches: () => readonly number[];
  readonly stop: () => Promise<void>;
}

/** New text by path, from the old one; null removes the file. */
export type Change = Readonly<Record<string, ((text: string) => string) | null>>;

/** A commit on branch main. */
export interface Commit {
  readonly id: string;
  /** As artifacts name it. */
  readonly revision: string;
  /** When the branch had moved, in milliseconds of `performance.now()`. */
  readonly at: number;
}

const NAME = 'gitops';

/** Serves a bare repository with the example as its first commit by a Git server in this process. */
export async function openRepository(root: string, clock: Clock): Promise<DemoRepository> {
  const directory = await createRepository(root, NAME);
  const files = new Map(readExample());
  const fetches: number[] = [];
  const log = {
    push: ({ method }: { readonly method: string }) => {
      if (method === 'POST') fetches.push(performance.now());
    },
  };
  const server = await serveRepositories({ root, log });
  const write = async (
    changed: Readonly<Record<string, string | null>>,
    message: string,
  ): Promise<Commit> => {
    const id = await commit(directory, changed, message, 'main', clock.now().toISOString());
    return { id, revision: `main@sha1:${id}`, at: performance.now() };
  };
  let head = await write(Object.fromEntries(files), 'Begin with the example');
  return {
    url: `${server.url}/${NAME}.git`,
    files,
    head: () => head,
    push: async (message, change) => {
      for (const [path, edit] of Object.entries(change)) {
        if (edit === null) files.delete(path);
        else files.set(path, edit(files.get(path) ?? ''));
      }
      const changed = Object.keys(change).map((path) => [path, files.get(path) ?? null]);
      head = await write(Object.fromEntries(changed), message);
      return head;
    },
    fetches: () => fetches,
    stop: server.stop,
  };
}
