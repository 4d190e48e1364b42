import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process that was started, with its log. */
export interface Running {
  readonly pid: number;
  readonly log: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Throws, with the log's end, when the process is no longer there. */
  assertAlive(): void;
  /** Ends it at once, without a goodbye: its data is thrown away or must survive a crash. */
  kill(): Promise<void>;
}

/** Starts processes which cannot outlive this one. */
export interface Nursery {
  /** `env` replaces the environment of this process. */
  start(name: string, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Running;
  /** Kills whatever still runs. */
  close(): Promise<void>;
}

const LOG_LINES_SHOWN = 15;

// Reads "+pid" and "-pid"; the end of its input means that the parent is gone, however it went.
const WATCHER = `
set --
while read -r line; do
  case $line in
    +*) set -- "$@" "\${line#+}" ;;
    -*) kept=; for pid; do [ "$pid" = "\${line#-}" ] || kept="$kept $pid"; done; set -- $kept ;;
  esac
done
[ $# -eq 0 ] || kill -9 "$@" 2>/dev/null
`;

/** Opens a nursery whose processes log into `directory`; needs a POSIX `sh`. */
export function openNursery(directory: string): Nursery {
  // In a session of its own, so that neither Ctrl-C nor the killing of our process group ends it before us.
  const watcher = spawn('sh', ['-c', WATCHER], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.stdin.on('error', () => undefined);
  const running = new Set<Running>();

  return {
    start(name, command, args, env = process.env) {
      const log = join(directory, `${name}.log`);
      const output = openSync(log, 'a', 0o600);
      const child = spawn(command, args, {
        stdio: ['ignore', output, output],
        detached: true,
        cwd: directory,
        env,
      });
      closeSync(output);
      const pid = child.pid;
      if (pid === undefined) throw new Error(`${name}: ${command} cannot be started`);
      watcher.stdin.write(`+${pid}\n`);

      const one = toRunning(name, child, pid, log);
      running.add(one);
      void one.ended.then(() => {
        running.delete(one);
        watcher.stdin.write(`-${pid}\n`);
      });
      return one;
    },
    async close() {
      await Promise.all([...running].map((one) => one.kill()));
      watcher.stdin.end();
    },
  };
}

function toRunning(name: string, child: ChildProcess, pid: number, log: string): Running {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid,
    log,
    ended,
    assertAlive() {
      if (child.exitCode === null && child.signalCode === null) return;
      const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
      throw new Error(`${name} ended (${child.exitCode ?? child.signalCode}), see ${log}:\n${tail}`);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
