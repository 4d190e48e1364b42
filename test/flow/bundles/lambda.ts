import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Finished, Invocation } from './host.ts';

/** A built function in a process of its own, as warm as Lambda keeps one. */
export interface Lambda {
  readonly name: string;
  /** What its handler returns; rejects with what it threw. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Lines of its log. */
  readonly log: readonly string[];
  readonly stop: () => void;
}

/** Starts the bundle `file` with Lambda's environment and `environment`, and nothing of this process's own. */
export async function startLambda(
  name: string,
  file: string,
  timeout: number,
  environment: Readonly<Record<string, string>>,
): Promise<Lambda> {
  const log: string[] = [];
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const env = { PATH: process.env.PATH ?? '', AWS_LAMBDA_FUNCTION_NAME: name, ...environment };
  const child = fork(join(import.meta.dirname, 'host.ts'), [file], { env, silent: true });
  let last = 0;
  const call = (begin: (id: number) => void): Promise<unknown> => {
    const pending = Promise.withResolvers<unknown>();
    waiting.set(last, pending);
    begin(last);
    last += 1;
    return pending.promise;
  };
  child.on('message', ({ id, answer, error }: Finished) => {
    const pending = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) pending?.resolve(answer);
    else pending?.reject(new Error(`${name}: ${error}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values())
      reject(new Error(`${name} ended with ${code}\n${log.join('\n')}`));
  });
  keepLines(child, log);
  await call(() => undefined);
  return {
    name,
    log,
    invoke: (event) => call((id) => child.send({ id, event, timeout } satisfies Invocation)),
    stop: () => child.kill('SIGKILL'),
  };
}

function keepLines(child: ChildProcess, log: string[]): void {
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => log.push(...text.toString().trim().split('\n')));
}
