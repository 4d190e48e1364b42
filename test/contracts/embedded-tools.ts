import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { type ClusterOptions, type EmbeddedCluster, openCluster } from '../../infra/local/cluster/open.ts';
import { shippedProgram } from '../../shared/adapters/exec/shipped-program.ts';

/** What a terminal shows of a program that has ended. */
export interface Shown {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** An embedded cluster, and a person with kubectl and helm in an empty directory. */
export interface Terminal {
  readonly cluster: EmbeddedCluster;
  /** Where the person is. */
  readonly directory: string;
  /** Writes a file there. */
  write(name: string, text: string): void;
  /** Runs kubectl and fails when it does; returns what it prints. */
  kubectl(line: string, more?: Typed): Promise<string>;
  /** Runs kubectl, however it ends. */
  tryKubectl(line: string, more?: Typed): Promise<Shown>;
  /** As {@link kubectl}. */
  helm(line: string): Promise<string>;
  /** As {@link tryKubectl}. */
  tryHelm(line: string): Promise<Shown>;
}

/** What a line of words separated by blanks cannot say. */
export interface Typed {
  /** Arguments with blanks in them, after the others. */
  readonly arguments?: readonly string[];
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the program so many milliseconds after it started, as Ctrl-C does. */
  readonly interruptAfter?: number;
}

/** Far beyond what any line here takes; a program that hangs is a failure of one test, not of the run. */
const PATIENCE_MS = 60_000;

/** Opens a cluster with fast controllers for the tests of one file, and a terminal beside it. */
export async function openTerminal(options: ClusterOptions = {}): Promise<Terminal> {
  const cluster = await openCluster({ delays: { podStart: 50, podStop: 20, jobRun: 50 }, ...options });
  const directory = mkdtempSync(join(tmpdir(), 'embedded-tools-'));
  afterAll(async () => {
    await cluster.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig);
  const environment = { KUBECONFIG: kubeconfig, HOME: directory, PATH: process.env.PATH ?? '' };
  const [kubectl, helm] = [await programOf('kubectl'), await programOf('helm')];

  const runIn =
    (program: string) =>
    (line: string, more: Typed = {}) => {
      const words = line.split(' ').filter(Boolean);
      const typed = { ...more, environment: { ...environment, ...more.environment } };
      return run(program, [...words, ...(more.arguments ?? [])], directory, typed);
    };
  return {
    cluster,
    directory,
    write: (name, text) => writeFileSync(join(directory, name), text),
    kubectl: demanding(runIn(kubectl)),
    tryKubectl: runIn(kubectl),
    helm: demanding(runIn(helm)),
    tryHelm: runIn(helm),
  };
}

function demanding(tryRun: (line: string, more?: Typed) => Promise<Shown>) {
  return async (line: string, more?: Typed): Promise<string> => {
    const { code, out, err } = await tryRun(line, more);
    if (code !== 0) expect.fail(`${line}\n${out}${err}`);
    return `${out}${err}`;
  };
}

async function programOf(name: 'kubectl' | 'helm'): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const cacheDirectory = join(cache, 'sluice', 'tools');
  const platform = `${process.platform}-${process.arch}`;
  const file = await shippedProgram(name, { cacheDirectory, platform });
  return file ?? expect.fail(`${name} is missing: npm install fetches it`);
}

function run(program: string, words: readonly string[], cwd: string, typed: Typed): Promise<Shown> {
  const { environment: env = {}, stdin = '', interruptAfter } = typed;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env: { ...env } });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const interrupt = interruptAfter && setTimeout(() => child.kill('SIGINT'), interruptAfter);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(patience);
      if (interrupt) clearTimeout(interrupt);
      resolve({ code, out, err });
    });
    child.stdin.on('error', () => {}).end(stdin);
  });
}

/** A Deployment in YAML, of one container. */
export function deployment(name: string, image: string, replicas = 1): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: '${image}', ports: [{containerPort: 80}]}]}
`;
}
