import { Fault } from '../../core/failures.ts';
import type { TarMember } from '../../core/tar/tar-header.ts';
import { writeTarGz } from '../../core/tar/write-tar-gz.ts';
import { problemOf } from './budget.ts';
import { type Chart, type ChartLimits, found, type Outcome } from './chart.ts';
import { CHART_FILE, validMetadata } from './chart-yaml.ts';
import { SCHEMA_FILE, VALUES_FILE } from './load.ts';
import { writeYaml } from './values.ts';

/** A packed chart; equal charts give equal bytes. */
export interface PackedChart {
  readonly body: Uint8Array;
  /** `sha256:<hex>` of `body`. */
  readonly digest: string;
}

/** The archive that `helm package` would make, without times. */
export async function packChart(chart: Chart, limits: ChartLimits): Promise<Outcome<PackedChart>> {
  try {
    validMetadata(chart.metadata.fields);
    return found(await writeTarGz(membersOf(chart, ''), limits.chartBytes, limits.inflatedBytes));
  } catch (error) {
    return problemOf(error, `cannot package the chart '${chart.metadata.name}': `);
  }
}

/** In Helm's order; its API version v1 has dependencies in files of their own. */
function* membersOf(chart: Chart, parent: string): Generator<TarMember> {
  const { metadata, lock, valuesFile, schema, templates, files, dependencies } = chart;
  if (metadata.name.includes('/'))
    throw new Fault('invalid', `${JSON.stringify(metadata.name)} is no name of a chart`);
  const base = `${parent}${metadata.name}/`;
  const isV1 = metadata.apiVersion === 'v1';
  const { dependencies: _, ...withoutDependencies } = metadata.fields;
  yield member(`${base}${CHART_FILE}`, Buffer.from(writeYaml(isV1 ? withoutDependencies : metadata.fields)));
  if (lock !== undefined && metadata.apiVersion === 'v2')
    yield member(`${base}Chart.lock`, Buffer.from(writeYaml(lock.fields)));
  if (valuesFile !== undefined) yield member(`${base}${VALUES_FILE}`, valuesFile);
  if (schema !== undefined) yield member(`${base}${SCHEMA_FILE}`, validJson(schema));
  for (const { path, data } of [...templates, ...files]) yield member(`${base}${path}`, data);
  for (const dependency of dependencies) yield* membersOf(dependency, `${base}charts/`);
}

function member(path: string, data: Uint8Array): TarMember {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { path: Buffer.from(path).toString('latin1'), kind: 'file', data: bytes };
}

function validJson(schema: Uint8Array): Uint8Array {
  try {
    JSON.parse(Buffer.from(schema).toString());
    return schema;
  } catch (error) {
    throw new Fault('invalid', `invalid JSON in ${SCHEMA_FILE}`, {}, error);
  }
}
