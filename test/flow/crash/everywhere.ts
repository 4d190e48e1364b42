import { expect } from 'vitest';
import { tellingCalls } from './dying.ts';
import { outcomeOf, uidsOf } from './outcome.ts';
import type { Stage } from './stage.ts';

/** Something that happens, and that has to come to the same end wherever the process dies; `Given` is what a stage has outside the cluster. */
export interface Scenario<Given> {
  readonly name: string;
  /** What is there before, at rest. */
  readonly before: (stage: Stage, given: Given) => Promise<unknown>;
  /** What happens. */
  readonly happens: (stage: Stage, given: Given) => Promise<unknown>;
  /** What happens next, before anybody has gone on where the process died. */
  readonly meanwhile?: (stage: Stage, given: Given) => Promise<unknown>;
}

/** An empty stage, and what it has outside the cluster. */
export interface Opened<Given> {
  readonly stage: Stage;
  readonly given: Given;
}

/** A death after a call that only reads leaves what a death before it left; this tries those, too, in several minutes. */
const EVERY_CALL = process.env.CRASH_AT_EVERY_CALL === 'true';
/** Longer than any scenario is in calls. */
const MOST_CALLS = 400;

/** Lets it happen once undisturbed, then once for each call at which the worker may die, each on a stage of its own; returns what was tried. */
export async function dieEverywhere<Given>(
  scenario: Scenario<Given>,
  open: () => Promise<Opened<Given>>,
): Promise<string> {
  const { stage: undisturbed, given } = await prepared(scenario, open);
  await scenario.happens(undisturbed, given);
  const { calls: all } = await undisturbed.workAndDie(Number.POSITIVE_INFINITY);
  await undisturbed.untilQuiet();
  await scenario.meanwhile?.(undisturbed, given);
  await undisturbed.untilQuiet();
  const wanted = await outcomeOf(undisturbed);
  expect(wanted, 'undisturbed').toMatchObject({ dead: [], orphans: [] });
  expect(all.length).toBeLessThan(MOST_CALLS);
  const points = EVERY_CALL ? [...all.keys(), all.length].map((index) => index + 1) : tellingCalls(all);
  for (const at of points) await dieOnce(scenario, open, at, wanted);
  return `${points.length} deaths in ${all.length} calls`;
}

/** Opens a stage on which the scenario is about to happen. */
async function prepared<Given>(
  scenario: Scenario<Given>,
  open: () => Promise<Opened<Given>>,
): Promise<Opened<Given>> {
  const opened = await open();
  await scenario.before(opened.stage, opened.given);
  await opened.stage.untilQuiet();
  return opened;
}

async function dieOnce<Given>(
  scenario: Scenario<Given>,
  open: () => Promise<Opened<Given>>,
  at: number,
  wanted: unknown,
): Promise<void> {
  const { stage, given } = await prepared(scenario, open);
  const before = await uidsOf(stage);
  await scenario.happens(stage, given);
  const { calls } = await stage.workAndDie(at);
  await scenario.meanwhile?.(stage, given);
  await stage.untilQuiet();
  const where = `died at call ${at}, ${calls.at(-1)}`;
  expect(await outcomeOf(stage), where).toEqual(wanted);
  // What is taken back may have been pruned and made anew.
  const after = scenario.meanwhile ? before : await uidsOf(stage);
  for (const [name, uid] of after) expect([name, before.get(name) ?? uid], where).toEqual([name, uid]);
}
