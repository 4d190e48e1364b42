import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache.ts';

/** Python packages, every one of them pinned in a file, in a folder outside the project. */
export interface Venv {
  readonly name: string;
  /** One `package==version` a line, dependencies of dependencies too. */
  readonly requirements: string;
}

/** The venv's Python; undefined when it is not made yet, or there is no Python. */
export function pythonOf(venv: Venv): string | undefined {
  const directory = directoryOf(venv);
  const python = directory && join(directory, 'bin', 'python');
  return python && existsSync(python) ? python : undefined;
}

/** Makes the venv unless it is there, and returns its Python; throws what Python or pip said. */
export async function makeVenv(venv: Venv): Promise<string> {
  const present = pythonOf(venv);
  if (present !== undefined) return present;
  const directory = directoryOf(venv);
  if (directory === undefined) throw new Error('Python 3.10 or newer is needed (python3 on the PATH)');
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.`);
  try {
    await promisify(execFile)('python3', ['-m', 'venv', unfinished]);
    const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--only-binary=:all:'];
    // Of two that make it at the same time the first one to finish stays.
    const pip = join(unfinished, 'bin', 'python');
    await promisify(execFile)(pip, ['-m', 'pip', 'install', ...options, '-r', venv.requirements]);
    if (!existsSync(directory)) renameSync(unfinished, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return join(directory, 'bin', 'python');
}

/** Packages with machine code are made for one Python. */
function directoryOf({ name, requirements }: Venv): string | undefined {
  try {
    const version = execFileSync('python3', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    return cacheDirectory(name, version, process.arch, readFileSync(requirements));
  } catch {
    return undefined;
  }
}
