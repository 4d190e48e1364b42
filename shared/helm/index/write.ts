import { compareVersions, type Version } from '../../core/semver.ts';
import type { ChartVersion } from './chart-version.ts';

// What Go's encoder escapes besides JSON's own, so that the text can stand in HTML and scripts.
const ESCAPED = /[<>&\u2028\u2029]/g;

/** Indented by two spaces and escaped as Go's json.MarshalIndent does, every line but the first `indent` deeper. */
export function goJson(value: unknown, indent: string): string {
  const text = JSON.stringify(value, undefined, 2).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return indent === '' ? text : text.replaceAll('\n', `\n${indent}`);
}

/** One version of a chart, written. */
export interface WrittenVersion {
  readonly version: Version;
  readonly body: Buffer;
}

/** A version as it stands in the list of its chart. */
export function writeVersion({ version, fields }: ChartVersion): WrittenVersion {
  return { version, body: Buffer.from(goJson(fields, '      ')) };
}

/** The parts of the list of one chart's versions, newest first; those of equal precedence stay in their order. */
export function writeVersions(versions: readonly WrittenVersion[] | null): readonly Buffer[] {
  if (versions === null) return [Buffer.from('null')];
  if (versions.length === 0) return [Buffer.from('[]')];
  const sorted = versions.toSorted((a, b) => compareVersions(b.version, a.version));
  return [FIRST, ...sorted.flatMap(({ body }, at) => (at === 0 ? [body] : [NEXT, body])), LAST];
}

const FIRST = Buffer.from('[\n      ');
const NEXT = Buffer.from(',\n      ');
const LAST = Buffer.from('\n    ]');
