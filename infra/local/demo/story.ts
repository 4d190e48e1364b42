import { manualEdit, newRelease, removal } from './changes.ts';
import { firstSync } from './first-sync.ts';
import { brokenRelease, brokenYaml, fix } from './mistakes.ts';
import type { StepResult } from './results.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

/** What comes before: cluster, registration, Git server, runtime. */
export const OPENING = 'Everything is started';

/** The story after its opening, in order. */
export const STORY: readonly Step[] = [
  firstSync,
  newRelease,
  manualEdit,
  removal,
  brokenYaml,
  brokenRelease,
  fix,
];

/** Plays one step; its results are kept in `results`. */
export async function playStep(step: Step, scene: Scene, results: StepResult[]): Promise<void> {
  const number = results.length + 1;
  scene.tell.step(number, step.title);
  results.push({ step: number, title: step.title, ...(await step.play(scene)) });
}
