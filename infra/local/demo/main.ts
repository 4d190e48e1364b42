#!/usr/bin/env node
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { EXIT, exitOf, sentence } from '../../cli/problems.ts';
import type { World } from '../../cli/world.ts';
import { type Failure, failureLines, failureOf } from './failure.ts';
import { type DemoOptions, demoOptions, HELP } from './options.ts';
import type { StepResult } from './results.ts';
import { openScene, type Scene } from './scene.ts';
import { OPENING, playStep, STORY } from './story.ts';
import { summary } from './summary.ts';
import { SILENT, type Teller, textTeller } from './teller.ts';

/** What `--json` prints. */
interface Report {
  readonly ok: boolean;
  readonly cluster?: { readonly server: string; readonly version: string; readonly own: boolean };
  readonly milliseconds: number;
  readonly steps: readonly StepResult[];
  readonly failure?: Failure;
}

const INTERRUPTED = 130;

async function demo(options: DemoOptions, tell: Teller): Promise<number> {
  const over = new AbortController();
  const stop = () => over.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const dir = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const closing = new AsyncDisposableStack();
  closing.defer(() => rm(dir, { recursive: true, force: true }));
  const { report, scene } = await play(options, tell, dir, over.signal, closing);
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else conclude(report, scene, options, tell);
  if (options.keep && scene !== undefined && !over.signal.aborted) await aborted(over.signal);
  await closing.disposeAsync();
  if (report.ok) return EXIT.ok;
  return over.signal.aborted ? INTERRUPTED : EXIT.failed;
}

/** Plays the whole story; never throws. */
async function play(
  options: DemoOptions,
  tell: Teller,
  dir: string,
  signal: AbortSignal,
  closing: AsyncDisposableStack,
): Promise<{ readonly report: Report; readonly scene: Scene | undefined }> {
  const start = performance.now();
  const steps: StepResult[] = [];
  const log: string[] = [];
  let scene: Scene | undefined;
  let failure: Failure | undefined;
  try {
    tell.title('Sluice: a Git repository and a cluster, with no controller in it');
    tell.step(1, OPENING);
    const opening = {
      options,
      tell,
      dir,
      world: worldOf(log),
      signal,
      closing,
      log: (line: string) => log.push(line),
    };
    scene = await openScene(opening);
    steps.push({ step: 1, title: OPENING, milliseconds: performance.now() - start, marks: {}, facts: {} });
    for (const step of STORY) await playStep(step, scene, steps);
  } catch (error) {
    failure = failureOf(steps.length + 1, error, scene, log);
  }
  const { facts, server, own } = scene?.ground ?? {};
  const report = {
    ok: failure === undefined,
    ...(server && facts && { cluster: { server, version: facts.version, own: own === true } }),
    milliseconds: performance.now() - start,
    steps,
    ...(failure && { failure }),
  };
  return { report, scene };
}

/** What the story came to, and where to look further. */
function conclude(report: Report, scene: Scene | undefined, { keep }: DemoOptions, tell: Teller): void {
  const { failure, steps, milliseconds } = report;
  if (failure) {
    tell.problem(`\nStep ${failure.step} failed: ${failure.message}`);
    tell.lines(failureLines(failure));
  }
  if (steps.length > 1) {
    tell.title('\nMilliseconds from the commit (or the edit)');
    tell.lines([...summary(steps), '', `All in ${(milliseconds / 1000).toFixed(1)} s.`]);
  }
  if (scene === undefined) return;
  const kubectl = ['kubectl', ...scene.ground.flags].join(' ');
  tell.title(keep ? '\nLook further, until Ctrl-C:' : '\nWith --keep it stays, to look further:');
  const objects = 'gitrepositories,kustomizations -A';
  const rest = [
    '-n sluice-demo describe kustomization apps',
    '-n sluice-demo get events',
    '-n sluice-demo-apps get all',
  ];
  tell.lines(
    [`get ${objects}`, ...rest].map((args) => `  ${keep ? kubectl : 'kubectl --kubeconfig …'} ${args}`),
  );
}

/** The CLI's commands are silent here: what they say goes to the log. */
function worldOf(log: string[]): World {
  return {
    out: (text) => log.push(text),
    err: (text) => log.push(text),
    interactive: false,
    symbols: false,
    ask: async () => '',
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    clock: systemClock,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
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
