import { Fault } from '../../../shared/core/failures.ts';
import { alternative, headline } from './choice.ts';
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
export async function play(opening: Omit<Opening, 'log'>): Promise<Played> {
  const { tell, choice } = opening;
  const start = performance.now();
  const steps: StepResult[] = [];
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  let scene: Scene | undefined;
  let failure: Failure | undefined;
  try {
    tell.title(headline(choice));
    const instead = alternative(choice);
    if (instead !== undefined) tell.lines([instead]);
    tell.step(1, OPENING);
    // The CLI's commands are silent here: what they say goes to the log.
    scene = await openScene({
      ...opening,
      world: { ...opening.world, out: log, err: log, interactive: false, symbols: false },
      log,
    });
    steps.push({ step: 1, title: OPENING, milliseconds: performance.now() - start, marks: {}, facts: {} });
    for (const step of STORY) {
      if (opening.signal.aborted) throw new Fault('timeout', 'interrupted');
      await playStep(step, scene, steps);
    }
  } catch (error) {
    failure = failureOf(steps.length + 1, error, scene, lines);
  }
  const { facts, server, own = false } = scene?.ground ?? {};
  const { kind } = choice;
  const report = {
    ok: failure === undefined,
    ...(server && facts && { cluster: { kind, server, version: facts.version, own } }),
    milliseconds: performance.now() - start,
    steps,
    ...(failure && { failure }),
  };
  return { report, scene };
}
