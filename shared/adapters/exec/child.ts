import { spawn } from 'node:child_process';
import { Fault } from '../../core/failures.ts';

/** How far a child may go. */
export interface ChildLimits {
  readonly deadlineMilliseconds: number;
  /** Of stdout. */
  readonly outputBytes: number;
  /** Of heap and stacks, on top of what the program reserves for itself. */
  readonly memoryBytes: number;
}

/** What to run, where and with what. */
export interface ChildRequest {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  /** All of it: nothing of ours is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: ChildLimits;
  readonly signal: AbortSignal;
}

/** How a child ended by itself. */
export interface ChildResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  /** Its first MAX_ERROR_BYTES. */
  readonly stderr: string;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** Address space a Go program maps before it allocates: kubectl 1.36 starts at 700 MB under `ulimit -v` and not at 600. */
const RESERVED_BYTES = 768 * 1024 * 1024;

// Enforced by the kernel: no allocation beyond -v (not on macOS, where it does not exist), no CPU time beyond -t should
// we die before the child, no core, no file. Measured: polling /proc misses a child that takes 2 GB in half a second.
const SHELL = '/bin/sh';
const SCRIPT = 'ulimit -v "$1" 2>/dev/null; ulimit -t "$2"; ulimit -c 0; ulimit -f 0; shift 2; exec "$@"';

/** Runs a program to its end, without a shell's view of `arguments`. Faults: `timeout`, `too-large` (output), `unsupported` (cannot start). */
export function runChild(request: ChildRequest): Promise<ChildResult> {
  const { limits, signal } = request;
  if (signal.aborted) return Promise.reject(new Fault('timeout', 'aborted before the program started'));
  const child = start(request);
  return new Promise((resolve, reject) => {
    let fault: Fault | undefined;
    const kill = (reason: Fault) => {
      fault ??= reason;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const onAbort = () => kill(new Fault('timeout', 'aborted'));
    const seconds = limits.deadlineMilliseconds / 1000;
    const timer = setTimeout(
      () => kill(new Fault('timeout', `not done within ${seconds}s`)),
      limits.deadlineMilliseconds,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    const tooMuch = () => kill(new Fault('too-large', `output exceeds ${limits.outputBytes} bytes`));
    const stdout = collect(child.stdout, limits.outputBytes, tooMuch);
    const stderr = collect(child.stderr, MAX_ERROR_BYTES, () => undefined);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    child.on('error', (error) => {
      settle();
      reject(new Fault('unsupported', `cannot start ${request.file}`, {}, error));
    });
    child.on('close', (code, killedBy) => {
      settle();
      if (fault) reject(fault);
      else resolve({ code, killedBy, stdout: stdout(), stderr: stderr() });
    });
  });
}

function start({ file, arguments: words, directory, environment, limits }: ChildRequest) {
  const kibibytes = String(Math.ceil((RESERVED_BYTES + limits.memoryBytes) / 1024));
  const seconds = String(Math.ceil(limits.deadlineMilliseconds / 1000) + 1);
  return spawn(SHELL, ['-c', SCRIPT, 'sh', kibibytes, seconds, file, ...words], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that whatever it starts dies with it.
    detached: true,
  });
}

function collect(stream: NodeJS.ReadableStream, limit: number, full: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size + chunk.length > limit) full();
    else chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}
