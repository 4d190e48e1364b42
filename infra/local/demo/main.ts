#!/usr/bin/env node
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../../shared/core/failures.ts';
import { assets, HOW_TO_BUILD } from '../../../test/control-plane/assets.ts';
import { EXIT, exitOf, sentence } from '../../cli/problems.ts';
import { processWorld } from '../../cli/process-world.ts';
import type { World } from '../../cli/world.ts';
import { choose } from './choice.ts';
import { onInterrupt } from './interrupt.ts';
import { type DemoOptions, demoOptions, HELP } from './options.ts';
import { play } from './play.ts';
import { failureLines, type Report } from './report.ts';
import type { Scene } from './scene.ts';
import { summary } from './summary.ts';
import { SILENT, type Teller, textTeller } from './teller.ts';
import { scale, timeline } from './timeline.ts';

/** As of a shell, after SIGINT. */
const INTERRUPTED = 130;

/** Plays the story, shows what it came to, and cleans up; returns the exit code. */
async function demo(options: DemoOptions, tell: Teller): Promise<number> {
  if (options.controlPlane && !assets()) throw new Fault('unsupported', HOW_TO_BUILD);
  const world = personsWorld(options);
  const choice = await choose(options, world);
  const signal = onInterrupt(INTERRUPTED, () =>
    tell.problem('\nCleaning up; Ctrl-C again leaves at once and everything as it is.'),
  );
  const dir = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const closing = new AsyncDisposableStack();
  closing.defer(() => rm(dir, { recursive: true, force: true }));
  const { report, scene } = await play({ choice, tell, dir, world, signal, closing });
  const interrupted = signal.aborted;
  if (!interrupted) conclude(report, scene, options, tell);
  const keep = options.keep && scene !== undefined && !interrupted;
  if (keep) {
    if (options.json) print(report);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }
  const unclean = await closing.disposeAsync().then(
    () => undefined,
    (error: unknown) => sentence(error instanceof SuppressedError ? error.error : error),
  );
  if (unclean !== undefined) process.stderr.write(`not cleaned up: ${unclean}\n`);
  const ok = report.ok && unclean === undefined;
  if (options.json && !keep) print({ ...report, ok, ...(unclean && { unclean }) });
  return ok ? EXIT.ok : interrupted ? INTERRUPTED : EXIT.failed;
}

/** What the story came to, and where to look further. */
function conclude(
  { failure, steps, milliseconds }: Report,
  scene: Scene | undefined,
  { keep }: DemoOptions,
  tell: Teller,
): void {
  if (failure) {
    tell.problem(`\nStep ${failure.step} failed: ${failure.message}`);
    tell.lines(failureLines(failure));
  }
  if (scene === undefined) return;
  tell.title('\nMilliseconds from the commit (or the edit)');
  tell.lines(summary(steps));
  tell.title('\nTimeline, on a logarithmic scale');
  tell.timeline(timeline(steps), scale());
  tell.lines(['', `All in ${(milliseconds / 1000).toFixed(1)} s.`]);
  tell.title(keep ? '\nLook further, until Ctrl-C:' : '\nRun it with --keep to look further:');
  const kubectl = keep ? ['kubectl', ...scene.ground.flags].join(' ') : 'kubectl --kubeconfig …';
  tell.lines(LOOK_FURTHER.map((words) => `  ${kubectl} ${words}`));
}

const LOOK_FURTHER = [
  'get gitrepositories,kustomizations -A',
  '-n sluice-demo describe kustomization apps',
  '-n sluice-demo events',
  '-n sluice-demo-apps get all',
] as const;

function print(report: Report): void {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

/** Only which cluster to play on is asked for. */
function personsWorld({ json }: DemoOptions): World {
  const world = processWorld();
  return { ...world, interactive: world.interactive && !json };
}

function tellerFor({ json }: DemoOptions): Teller {
  if (json) return SILENT;
  const terminal = process.stdout.isTTY === true;
  const colours = terminal && !process.env.NO_COLOR;
  return textTeller({ write: (text) => process.stdout.write(text), terminal, colours });
}

async function run(argv: readonly string[]): Promise<number> {
  try {
    const options = demoOptions(argv);
    if (options.help) {
      process.stdout.write(`${HELP}\n`);
      return EXIT.ok;
    }
    const tell = tellerFor(options);
    return await demo(options, tell).finally(tell.close);
  } catch (error) {
    process.stderr.write(`${sentence(error)}\n`);
    return exitOf(error);
  }
}

if (import.meta.main) {
  const code = await run(process.argv.slice(2));
  process.stdout.write('', () => process.exit(code));
}
