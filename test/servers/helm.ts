import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { shippedProgram } from '../../shared/adapters/exec/shipped-program.ts';

/** A chart's files, by path. */
export type ChartFiles = Readonly<Record<string, string>>;

/** A chart as the real helm packed it. */
export interface PackedByHelm {
  /** Such as `app-1.0.0.tgz`. */
  readonly file: string;
  readonly body: Buffer;
}

const run = promisify(execFile);

/** The files of a small chart; `more` adds to them or replaces some. */
export function chartFiles(name: string, version: string, more: ChartFiles = {}): ChartFiles {
  return {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\ndescription: a chart\n`,
    'values.yaml': '# how many\nreplicas: 1\nimage:\n  tag: one\n',
    'templates/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {replicas: "{{ .Values.replicas }}"}\n',
    ...more,
  };
}

/** Runs the real helm in a directory of its own with these files in it. */
export async function inHelm<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (helm: (...words: readonly string[]) => Promise<string>, directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-helm-'));
  const cacheDirectory = join(homedir(), '.cache/sluice/tools');
  const helm = await shippedProgram('helm', {
    cacheDirectory,
    platform: `${process.platform}-${process.arch}`,
  });
  if (helm === undefined) throw new Error('there is no helm for this machine');
  try {
    for (const [path, body] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), body);
    }
    const env = { HOME: directory, PATH: process.env.PATH ?? '' };
    return await work(
      async (...words) => (await run(helm, words, { cwd: directory, env })).stdout,
      directory,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Packs charts with the real helm, and makes the index of them. */
export async function packCharts(
  charts: readonly ChartFiles[],
): Promise<{ readonly packed: readonly PackedByHelm[]; readonly index: string }> {
  const files = charts.flatMap((chart, at) =>
    Object.entries(chart).map(([path, text]) => [`${at}/${path}`, text] as const),
  );
  return inHelm(Object.fromEntries(files), async (helm, directory) => {
    const packed: PackedByHelm[] = [];
    for (const at of charts.keys()) {
      const said = await helm('package', `${at}`, '--destination', 'charts');
      const file = /charts\/(\S+\.tgz)/.exec(said)?.[1] ?? '';
      packed.push({ file, body: readFileSync(join(directory, 'charts', file)) });
    }
    await helm('repo', 'index', 'charts');
    return { packed, index: readFileSync(join(directory, 'charts', 'index.yaml'), 'utf8') };
  });
}

/** Pushes a chart with the real helm to `oci://<host>/<path>` over plain HTTP. */
export async function pushChart(files: ChartFiles, to: string): Promise<void> {
  await inHelm(prefixed('chart', files), async (helm, directory) => {
    const said = await helm('package', 'chart');
    const file = /([^/\s]+\.tgz)/.exec(said.split(directory)[1] ?? said)?.[1] ?? '';
    await helm('push', file, to, '--plain-http');
  });
}

/** The same files below a folder. */
export function prefixed(folder: string, files: ChartFiles): ChartFiles {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}
