import { Fault } from '../../../../shared/core/failures.ts';
import { parseJson } from '../../../../shared/core/json.ts';
import { parseYaml } from '../../../../shared/core/yaml.ts';
import type { ApiError } from '../api-error.ts';
import type { WriteQuery } from '../model.ts';
import { decodeObject as decodeProtobuf, PROTOBUF } from '../protobuf/decode.ts';
import { WireError } from '../protobuf/wire.ts';
import { MEDIA_TYPES } from './accept.ts';
import { scanJson } from './go-json.ts';
import { unsupportedMediaType } from './status.ts';

/** How a body is written. */
export type Encoding = 'json' | 'yaml' | 'protobuf';

/** How much is to be made of what a body says twice. */
export type Validation = WriteQuery['fieldValidation'];

/** What a body says. */
export interface Parsed {
  readonly value: unknown;
  /** What it says twice, in the API server's words. */
  readonly duplicates: readonly string[];
}

/** Duplicates as a strict decoder of YAML sums them up. */
export function yamlErrors(duplicates: readonly string[]): string {
  return ['yaml: unmarshal errors:', ...duplicates.map((text) => `  ${text}`)].join('\n');
}

/** Reads YAML, or JSON as the YAML that it is; throws what `refuse` makes of the problem when it cannot be read. */
export function parseAsYaml(
  body: Buffer,
  validation: Validation,
  refuse: (problem: string) => ApiError,
): Parsed {
  const text = body.toString('utf8');
  const findings = /^\s*\{/.test(text) ? scanJson(text) : undefined;
  if (!findings || findings.error !== undefined) return parseYamlText(text, validation, refuse);
  const duplicates = findings.duplicates.map(({ key, at }) => {
    const line = text.slice(0, at).split('\n').length;
    return `line ${line}: key ${JSON.stringify(key)} already set in map`;
  });
  return { value: parseJson(text), duplicates: validation === 'Ignore' ? [] : duplicates };
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  '': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
  [PROTOBUF]: 'protobuf',
};

/** How a body of this Content-Type is written; protobuf is read of built-in kinds only. Throws 415. */
export function encodingOf(contentType: string | undefined, allowsProtobuf: boolean): Encoding {
  const encoding = ENCODINGS[mediaTypeOf(contentType)];
  if (encoding !== undefined && (encoding !== 'protobuf' || allowsProtobuf)) return encoding;
  throw unsupportedMediaType(allowsProtobuf ? [...MEDIA_TYPES, PROTOBUF] : MEDIA_TYPES);
}

/** A Content-Type without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Reads a body; throws what `refuse` makes of the problem when it cannot be read. */
export function parse(
  body: Buffer,
  encoding: Encoding,
  validation: Validation,
  refuse: (problem: string) => ApiError,
): Parsed {
  if (encoding === 'protobuf') return parseProtobuf(body, refuse);
  const text = body.toString('utf8');
  return encoding === 'json'
    ? parseJsonText(text, validation, refuse)
    : parseYamlText(text, validation, refuse);
}

function parseProtobuf(body: Buffer, refuse: (problem: string) => ApiError): Parsed {
  try {
    const value = decodeProtobuf(body);
    if (value === undefined) throw refuse('no such kind is registered in scheme');
    return { value, duplicates: [] };
  } catch (error) {
    if (error instanceof WireError) throw refuse(error.message);
    throw error;
  }
}

function parseJsonText(text: string, validation: Validation, refuse: (problem: string) => ApiError): Parsed {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    const problem = scanJson(text).error ?? 'unexpected end of JSON input';
    throw refuse(`couldn't get version/kind; json parse error: ${problem}`);
  }
  if (validation === 'Ignore') return { value, duplicates: [] };
  return { value, duplicates: scanJson(text).duplicates.map(({ path }) => `duplicate field "${path}"`) };
}

function parseYamlText(text: string, validation: Validation, refuse: (problem: string) => ApiError): Parsed {
  const attempt = (duplicates: 'error' | 'last') => parseYaml(text, { duplicates });
  try {
    if (validation === 'Ignore') return { value: attempt('last'), duplicates: [] };
    return { value: attempt('error'), duplicates: [] };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const twice = /line (\d+): mapping key ("(?:[^"\\]|\\.)*") already defined/.exec(error.message);
    if (!twice || validation === 'Ignore') throw refuse(error.message);
    const [, line, key] = twice;
    return { value: attempt('last'), duplicates: [`line ${line}: key ${key} already set in map`] };
  }
}
