import { homedir } from 'node:os';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { World } from '../../cli/world.ts';
import { type Opening, openScene } from './opening.ts';
import { type Failure, failureOf, type Report } from './report.ts';
import type { StepResult } from './results.ts';
import type { Scene } from './scene.ts';
import { OPENING, playStep, STORY } from './story.ts';

/** What came of the story; `scene` is undefined when it never opened. */
export interface Played {
  readonly report: Report;
  readonly scene: Scene | undefined;
}

/** Plays the whole story, telling it; never throws. */
export async function play(opening: Omit<Opening, 'world' | 'log'>): Promise<Played> {
  const { tell } = opening;
  const start = performance.now();
  const steps: StepResult[] = [];
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  let scene: Scene | undefined;
  let failure: Failure | undefined;
  try {
    tell.title('Sluice: a Git repository and a cluster, with no controller in it');
    tell.step(1, OPENING);
    scene = await openScene({ ...opening, world: worldOf(log), log });
    steps.push({ step: 1, title: OPENING, milliseconds: performance.now() - start, marks: {}, facts: {} });
    for (const step of STORY) {
      if (opening.signal.aborted) throw new Fault('timeout', 'interrupted');
      await playStep(step, scene, steps);
    }
  } catch (error) {
    failure = failureOf(steps.length + 1, error, scene, lines);
  }
  const { facts, server, own = false } = scene?.ground ?? {};
  const report = {
    ok: failure === undefined,
    ...(server && facts && { cluster: { server, version: facts.version, own } }),
    milliseconds: performance.now() - start,
    steps,
    ...(failure && { failure }),
  };
  return { report, scene };
}

/** The CLI's commands are silent here: what they say goes to the log. */
function worldOf(log: (line: string) => void): World {
  return {
    out: log,
    err: log,
    interactive: false,
    symbols: false,
    ask: async () => '',
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    clock: systemClock,
  };
}
