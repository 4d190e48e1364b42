import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { tarEntries } from '../../../../shared/core/tar/tar-entries.ts';
import { tarHeader } from '../../../../shared/core/tar/tar-header.ts';
import { type Chart, DEFAULT_CHART_LIMITS, type Outcome } from '../../../../shared/helm/chart/chart.ts';
import { packChart } from '../../../../shared/helm/chart/pack.ts';
import { readChartTree } from '../../../../shared/helm/chart/read-tree.ts';
import type { FileTree } from '../../../../shared/ports.ts';
import type { Files } from './generate.ts';

/** Files as a source has them, below a folder. */
export function treeOf(files: Files, folder = ''): FileTree {
  return new Map(
    Object.entries(files).map(([path, text]) => [
      folder === '' ? path : `${folder}/${path}`,
      Buffer.from(text),
    ]),
  );
}

/** A Chart.yaml of these lines behind the three that have to be. */
export function chartYaml(name = 'app', lines: readonly string[] = [], version = '1.2.3'): string {
  return ['apiVersion: v2', `name: ${name}`, `version: ${version}`, ...lines, ''].join('\n');
}

/** What reading a chart's folder gives. */
export function readFolder(files: Files): Promise<Outcome<Chart>> {
  return readChartTree(treeOf(files, 'charts/app'), 'charts/app', DEFAULT_CHART_LIMITS);
}

/** The chart in a folder. */
export async function chartOf(files: Files): Promise<Chart> {
  return given(await readFolder(files));
}

/** What must have worked. */
export function given<T>(outcome: Outcome<T>): T {
  return outcome.ok ? outcome.value : expect.fail(outcome.problem.message);
}

/** `code: message` of what must not. */
export function problemOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? expect.fail('it worked') : `${outcome.problem.code}: ${outcome.problem.message}`;
}

/** The archive of a chart. */
export async function packed(chart: Chart): Promise<Uint8Array> {
  return given(await packChart(chart, DEFAULT_CHART_LIMITS)).body;
}

/** What an archive holds, names as they are written. */
export function filesIn(tgz: Uint8Array): readonly (readonly [string, string])[] {
  const entries = tarEntries(gunzipSync(tgz), { entries: 100_000, pathBytes: 4095 });
  return [...entries].map(({ name, body }) => [name, body.toString()]);
}

/** An archive of names and contents, in this order; `types` are tar's own letters. */
export function archive(
  entries: readonly (readonly [name: string, text: string | Uint8Array, type?: string])[],
): Uint8Array {
  const parts = entries.flatMap(([name, text, type]) => {
    const data = Buffer.from(text as string);
    const header = tarHeader({ path: name, kind: 'file', size: data.length });
    return [type === undefined ? header : retyped(header, type), data, Buffer.alloc(-data.length & 511)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]), { level: 1 });
}

function retyped(header: Buffer, type: string): Buffer {
  header.write(type, 156, 'latin1');
  header.write('        ', 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
