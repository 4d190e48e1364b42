import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { assets, cacheDirectory, moduleDirectory, PROGRAMS, type Program } from './assets.ts';

const PACKAGES: Readonly<Record<Program, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};

const TERMINAL_TICK_MS = 1_000;
const LOG_TICK_MS = 30_000;

async function main(): Promise<void> {
  const found = assets();
  if (found) {
    console.log(`control-plane: ready in ${found.directory} (${found.from})`);
    return;
  }
  const lacking = process.env.KUBEBUILDER_ASSETS;
  if (lacking)
    console.log(`control-plane: KUBEBUILDER_ASSETS (${lacking}) lacks one of ${PROGRAMS.join(', ')}`);
  checkGo();
  await buildInto(cacheDirectory());
}

// `go env` in the module's folder also answers whether a newer toolchain can be had (GOTOOLCHAIN=auto).
function checkGo(): void {
  const wanted = /^go (\S+)$/m.exec(goMod())?.[1] ?? '';
  let present: string;
  try {
    present = execFileSync('go', ['env', 'GOVERSION'], {
      cwd: moduleDirectory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch (error) {
    const cause = error as NodeJS.ErrnoException & { stderr?: string };
    if (cause.code === 'ENOENT') {
      throw new Error(
        `Go ${wanted} or newer is needed to build it (https://go.dev/dl), or set KUBEBUILDER_ASSETS`,
      );
    }
    throw new Error(`Go ${wanted} or newer is needed: ${cause.stderr?.trim() || cause.message}`);
  }
  if (isOlder(present.replace(/^go/, ''), wanted)) {
    throw new Error(`Go ${wanted} or newer is needed, this is ${present}`);
  }
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

async function buildInto(directory: string): Promise<void> {
  const started = performance.now();
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.`);
  process.once('exit', () => rmSync(unfinished, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  for (const [index, program] of PROGRAMS.entries()) {
    await build(program, join(unfinished, program), `${index + 1}/${PROGRAMS.length}`);
  }

  // Of two builds at the same time the first one to finish stays.
  if (!assets()) {
    rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
  }
  console.log(`control-plane: built in ${seconds(started)} s, ready in ${directory}`);
}

async function build(program: Program, output: string, position: string): Promise<void> {
  const started = performance.now();
  const line = () => `control-plane: ${position} building ${program} (${seconds(started)} s)`;
  const { isTTY } = process.stdout;
  const tick = () => (isTTY ? process.stdout.write(`\r${line()}`) : console.log(line()));
  tick();
  const timer = setInterval(tick, isTTY ? TERMINAL_TICK_MS : LOG_TICK_MS);
  try {
    await go([
      'build',
      '-mod=readonly',
      '-trimpath',
      `-p=${availableParallelism()}`,
      `-ldflags=${linkerFlags()}`,
      '-o',
      output,
      PACKAGES[program],
    ]);
  } finally {
    clearInterval(timer);
    if (isTTY) process.stdout.write(`\r${line()}\n`);
  }
  if (!existsSync(output)) throw new Error(`go built no ${program}`);
}

function go(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd: moduleDirectory, stdio: ['ignore', 'ignore', 'pipe'] });
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

// Without these the server calls itself v0.0.0-master at /version, which charts and clients read.
function linkerFlags(): string {
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod()) ?? [];
  const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = Object.entries(stamps).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return ['-s', '-w', ...flags].join(' ');
}

function goMod(): string {
  return readFileSync(join(moduleDirectory, 'go.mod'), 'utf8');
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1_000);
}

try {
  await main();
} catch (error) {
  console.error(`control-plane: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
