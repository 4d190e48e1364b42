import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The lock that pins osls and everything in it. */
const LOCKED = join(import.meta.dirname, 'osls');
const PROGRAM = join('node_modules', 'osls', 'bin', 'serverless.js');

/** The folder outside the project that holds osls as this very lock has it. */
export function oslsDirectory(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const lock = readFileSync(join(LOCKED, 'package-lock.json'));
  return join(cache, 'sluice', 'osls', createHash('sha256').update(lock).digest('hex').slice(0, 16));
}

/** Whether osls is there, so that nothing has to be downloaded. */
export function hasOsls(): boolean {
  return existsSync(join(oslsDirectory(), PROGRAM));
}

/** The path of osls, installed from npm's registry when it is not there yet: 143 packages, 96 MB, which only a deployment needs. */
export async function oslsProgram(): Promise<string> {
  const directory = oslsDirectory();
  const program = join(directory, PROGRAM);
  if (existsSync(program)) return program;
  mkdirSync(dirname(directory), { recursive: true });
  const part = mkdtempSync(join(dirname(directory), '.part-'));
  try {
    cpSync(LOCKED, part, { recursive: true });
    console.error('Installing osls beside the project, once');
    await run(
      'npm',
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      part,
      process.env,
    );
    if (!existsSync(directory)) renameSync(part, directory);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return program;
}

/** Runs a program whose output goes to standard error; throws when it fails. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', process.stderr, process.stderr] });
  child.once('error', reject);
  child.once('close', (code, signal) =>
    code === 0 ? resolve() : reject(new Error(`${program} ${args[0]} ended with ${code ?? signal}`)),
  );
  return promise;
}
