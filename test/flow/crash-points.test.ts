import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openCluster } from '../../infra/local/cluster/open.ts';
import { serveRepositories } from '../../infra/local/git/serve.ts';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { connect as connectApi } from '../control-plane/api.ts';
import { applyCrds } from '../control-plane/crds.ts';
import { tellingCalls } from './crash/dying.ts';
import { outcomeOf, uidsOf } from './crash/outcome.ts';
import { type Commits, SCENARIOS, type Scenario, template } from './crash/scenarios.ts';
import { type Ground, openStage, type Stage } from './crash/stage.ts';

const CRDS = join(import.meta.dirname, '../../infra/crds');
/** A death after a call that only reads leaves what a death before it left; this tries those, too, in several minutes. */
const EVERY_CALL = process.env.CRASH_AT_EVERY_CALL === 'true';
/** Longer than any scenario is in calls. */
const MOST_CALLS = 400;
const scratch = mkdtempSync(join(tmpdir(), 'crash-'));
const closing: (() => Promise<unknown>)[] = [];
let embedded: Ground;
let real: Ground;
let commits: Commits;
let repository: string;

beforeAll(async () => {
  const gitRoot = join(scratch, 'git');
  ({ repository, commits } = await template(gitRoot));
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
  embedded = await ground(url, ca, token);
  real = await ground(inject('server'), inject('ca'), inject('token'));
});

afterAll(async () => {
  for (const close of closing) await close();
  rmSync(scratch, { recursive: true, force: true });
});

let stages = 0;

/** A stage on which the scenario is about to happen. */
async function prepared(scenario: Scenario, ground: Ground): Promise<Stage> {
  stages += 1;
  const stage = await openStage(ground, `crash-${stages}`, repository);
  await scenario.before(stage, commits);
  await stage.untilQuiet();
  return stage;
}

/** Lets it happen once undisturbed, then once for each call at which the worker may die; returns what was tried. */
async function dieEverywhere(scenario: Scenario, ground: Ground): Promise<string> {
  const undisturbed = await prepared(scenario, ground);
  await scenario.happens(undisturbed, commits);
  const { calls: all } = await undisturbed.workAndDie(Number.POSITIVE_INFINITY);
  await undisturbed.untilQuiet();
  await scenario.meanwhile?.(undisturbed, commits);
  await undisturbed.untilQuiet();
  const wanted = await outcomeOf(undisturbed);
  expect(wanted, 'undisturbed').toMatchObject({ dead: [] });
  expect(all.length).toBeLessThan(MOST_CALLS);
  const points = EVERY_CALL ? [...all.keys(), all.length].map((index) => index + 1) : tellingCalls(all);
  for (const at of points) {
    const stage = await prepared(scenario, ground);
    const before = await uidsOf(stage);
    await scenario.happens(stage, commits);
    const { calls } = await stage.workAndDie(at);
    await scenario.meanwhile?.(stage, commits);
    await stage.untilQuiet();
    const where = `died at call ${at}, ${calls.at(-1)}`;
    expect(await outcomeOf(stage), where).toEqual(wanted);
    // What is taken back may have been pruned and made anew.
    const after = scenario.meanwhile ? before : await uidsOf(stage);
    for (const [name, uid] of after) expect([name, before.get(name) ?? uid], where).toEqual([name, uid]);
  }
  return `${points.length} deaths in ${all.length} calls`;
}

describe('wherever the worker dies, the next one comes to the same end', { timeout: 900_000 }, () => {
  for (const scenario of SCENARIOS)
    test(`${scenario.name}, on the embedded cluster`, async ({ annotate }) => {
      await annotate(await dieEverywhere(scenario, embedded));
    });

  test('an upgrade that prunes, on a real API server', async ({ annotate }) => {
    const scenario = SCENARIOS.find(({ name }) => name === 'an upgrade that prunes');
    if (scenario === undefined) throw new Error('no such scenario');
    await annotate(await dieEverywhere(scenario, real));
  });
});
