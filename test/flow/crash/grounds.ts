import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { openCluster } from '../../../infra/local/cluster/open.ts';
import { serveRepositories } from '../../../infra/local/git/serve.ts';
import { connect } from '../../../shared/adapters/kubernetes/connect.ts';
import { connect as connectApi } from '../../control-plane/api.ts';
import { applyCrds } from '../../control-plane/crds.ts';
import { type Commits, template } from './scenarios.ts';
import { type Ground, openStage, type Stage } from './stage.ts';

const CRDS = join(import.meta.dirname, '../../../infra/crds');

/** The clusters of one test file, and the repository that each stage gets a copy of. */
export interface Grounds {
  /** In this process, made for the file. */
  readonly embedded: Ground;
  /** Of all flow tests. */
  readonly real: Ground;
  readonly commits: Commits;
  /** A new stage on one of them. */
  readonly open: (ground: Ground) => Promise<Stage>;
}

/** Opens both before the file's tests; namespaces begin with `prefix`. */
export function useGrounds(prefix: string): Grounds {
  const scratch = mkdtempSync(join(tmpdir(), 'crash-'));
  const closing: (() => Promise<unknown>)[] = [];
  let opened: Grounds | undefined;
  beforeAll(async () => {
    const gitRoot = join(scratch, 'git');
    const { repository, commits } = await template(gitRoot);
    const git = await serveRepositories({ root: gitRoot });
    const { url, ca, token, close } = await openCluster({ events: false });
    closing.push(git.stop, close);
    const api = connectApi({ server: url, ca, token });
    await applyCrds(api, CRDS);
    api.close();
    const ground = async (server: string, authority: string, bearer: string): Promise<Ground> => {
      const cluster = connect({ id: 'admin', server, ca: authority, credentials: { token: bearer } });
      closing.unshift(async () => cluster.close());
      const { uid: clusterId } = await cluster.facts();
      return { cluster, clusterId, gitUrl: git.url, gitRoot };
    };
    let stages = 0;
    opened = {
      embedded: await ground(url, ca, token),
      real: await ground(inject('server'), inject('ca'), inject('token')),
      commits,
      open: (on) => openStage(on, `${prefix}-${++stages}`, repository),
    };
  });
  afterAll(async () => {
    for (const close of closing) await close();
    rmSync(scratch, { recursive: true, force: true });
  });
  const there = (): Grounds => {
    if (opened === undefined) throw new Error('the grounds open before the first test');
    return opened;
  };
  return {
    get embedded() {
      return there().embedded;
    },
    get real() {
      return there().real;
    },
    get commits() {
      return there().commits;
    },
    open: (ground) => there().open(ground),
  };
}
