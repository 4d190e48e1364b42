import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { makeVenv, pythonOf, type Venv } from './venv.ts';

const VENV: Venv = {
  name: 'cfn-lint',
  requirements: join(import.meta.dirname, 'cfn-lint', 'requirements.txt'),
};
/** A venv that was moved has programs of no use, but its modules are. */
const MAIN = 'from cfnlint.runner import main; main()';
/** What osls writes by itself: a dependency that a reference says as well. */
const NOT_OURS = ['W3005'];

/** Whether cfn-lint is installed. */
export function hasCfnLint(): boolean {
  return pythonOf(VENV) !== undefined;
}

/** Installs cfn-lint unless it is there; returns where. */
export function installCfnLint(): Promise<string> {
  return makeVenv(VENV);
}

/** What cfn-lint says against a template, a line each; none when it is fine. */
export function cfnLint(template: string): Promise<readonly string[]> {
  const python = pythonOf(VENV);
  if (python === undefined)
    throw new Error('cfn-lint is not installed: npm run servers (once, needs Python 3.10 or newer)');
  const args = ['-c', MAIN, '--format', 'parseable', '--ignore-checks', ...NOT_OURS, '--template', template];
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  // It ends with 2, 4, 8 or a sum of them when it has found something.
  execFile(python, args, { encoding: 'utf8' }, (error, out, problems) => {
    const lines = out.split('\n').filter((line) => line !== '');
    if (error && lines.length === 0) reject(new Error(problems || error.message));
    else resolve(lines);
  });
  return promise;
}
