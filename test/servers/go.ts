import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A program of a Go module that pins its version. */
export interface GoProgram {
  /** The file to make. */
  readonly name: string;
  readonly package: string;
  /** For the linker, beside `-s -w`. */
  readonly flags?: readonly string[];
}

const TERMINAL_TICK_MS = 1_000;
const LOG_TICK_MS = 30_000;

/** Throws when Go is missing, or older than `module` asks for. */
export function checkGo(module: string): void {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'))?.[1] ?? '';
  let present: string;
  try {
    // `go env` in the module's folder also answers whether a newer toolchain can be had (GOTOOLCHAIN=auto).
    present = execFileSync('go', ['env', 'GOVERSION'], {
      cwd: module,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch (error) {
    const cause = error as NodeJS.ErrnoException & { stderr?: string };
    if (cause.code === 'ENOENT')
      throw new Error(`Go ${wanted} or newer is needed to build it (https://go.dev/dl)`);
    throw new Error(`Go ${wanted} or newer is needed: ${cause.stderr?.trim() || cause.message}`);
  }
  if (isOlder(present.replace(/^go/, ''), wanted))
    throw new Error(`Go ${wanted} or newer is needed, this is ${present}`);
}

/** Builds all `programs` into `directory`, which appears when it is complete; `label` begins each line that is printed. */
export async function buildPrograms(
  label: string,
  module: string,
  programs: readonly GoProgram[],
  directory: string,
): Promise<void> {
  const started = performance.now();
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.`);
  process.once('exit', () => rmSync(unfinished, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  for (const [index, program] of programs.entries())
    await build(`${label}: ${index + 1}/${programs.length}`, module, program, join(unfinished, program.name));

  // Of two builds at the same time the first one to finish stays.
  if (!programs.every(({ name }) => existsSync(join(directory, name)))) {
    rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
  }
  console.log(`${label}: built in ${seconds(started)} s, ready in ${directory}`);
}

async function build(label: string, module: string, program: GoProgram, output: string): Promise<void> {
  const started = performance.now();
  const line = () => `${label} building ${basename(output)} (${seconds(started)} s)`;
  const { isTTY } = process.stdout;
  const tick = () => (isTTY ? process.stdout.write(`\r${line()}`) : console.log(line()));
  tick();
  const timer = setInterval(tick, isTTY ? TERMINAL_TICK_MS : LOG_TICK_MS);
  try {
    await go(module, [
      'build',
      '-mod=readonly',
      '-trimpath',
      `-p=${availableParallelism()}`,
      `-ldflags=${['-s', '-w', ...(program.flags ?? [])].join(' ')}`,
      '-o',
      output,
      program.package,
    ]);
  } finally {
    clearInterval(timer);
    if (isTTY) process.stdout.write(`\r${line()}\n`);
  }
  if (!existsSync(output)) throw new Error(`go built no ${program.name}`);
}

function go(module: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd: module, stdio: ['ignore', 'ignore', 'pipe'] });
    process.once('exit', () => child.kill());
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const reason = errors.trim().split('\n').slice(-20).join('\n');
      if (code === 0) resolve();
      else reject(new Error(`go build failed (${code}):\n${reason}`));
    });
  });
}

function isOlder(present: string, wanted: string): boolean {
  const [a = [], b = []] = [present, wanted].map((version) =>
    version.split('.').map((part) => Number.parseInt(part, 10)),
  );
  for (const [index, part] of b.entries()) {
    const difference = (a[index] ?? 0) - part;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1_000);
}
