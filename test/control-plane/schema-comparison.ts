import { expect } from 'vitest';
import type { FieldError } from '../../infra/local/cluster/api-error.ts';
import { decodeProblem } from '../../infra/local/cluster/schema/decode.ts';
import { withDefaults } from '../../infra/local/cluster/schema/defaults.ts';
import type { JsonSchema } from '../../infra/local/cluster/schema/json-schema.ts';
import { prune, unknownFieldTexts } from '../../infra/local/cluster/schema/prune.ts';
import type { Schema } from '../../infra/local/cluster/schema/schema.ts';
import { structural } from '../../infra/local/cluster/schema/structural.ts';
import { validate } from '../../infra/local/cluster/schema/validate.ts';
import { type Api, successful, until } from './api.ts';

/** A custom kind that the server serves, and its schema. */
export interface Compared {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: Schema;
  /** Of its objects in the namespace `default`. */
  readonly path: string;
}

/** What a server says to an object: the object as it would be stored, or all that is wrong. */
export interface Verdict {
  readonly status: number;
  /** All but type and metadata. */
  readonly content?: unknown;
  readonly message?: string;
  readonly causes?: readonly string[];
}

interface Answer {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly FieldError[] };
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A CRD of one version with a schema; its kind is served below `compared.test`. */
export function definition(kind: string, schema: JsonSchema) {
  const singular = kind.toLowerCase();
  const names = { kind, singular, plural: `${singular}s`, listKind: `${kind}List` };
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.compared.test` },
    spec: { group: 'compared.test', scope: 'Namespaced', names, versions: [version] },
  };
}

/** Puts a kind with a schema on the server, and waits until the schema is in force: objects then have `marker` there. */
export async function serve(api: Api, kind: string, schema: JsonSchema): Promise<Compared> {
  const marked = { ...schema, properties: { ...schema.properties, marker: markerOf(schema) } };
  const crd = definition(kind, marked);
  const { name } = crd.metadata;
  const query = 'fieldManager=comparison&force=true';
  const answer = await api.send(
    'PATCH',
    `${DEFINITIONS}/${name}?${query}`,
    crd,
    'application/apply-patch+yaml',
  );
  successful(`apply ${name}`, answer);
  const { group, names } = crd.spec;
  const path = `/apis/${group}/v1/namespaces/default/${names.plural}`;
  const probe = { apiVersion: `${group}/v1`, kind, metadata: { name: 'probe' } };
  await until(`${name} is served as it is now`, async () => {
    const { body } = await api.send<{ readonly marker?: string }>('POST', `${path}?dryRun=All`, probe);
    return body.marker === marked.properties.marker.default || undefined;
  });
  return { group, version: 'v1', kind, schema: structural(marked), path };
}

/** A field whose default tells one schema from another. */
function markerOf(schema: JsonSchema) {
  return { type: 'string', default: String(JSON.stringify(schema).length) };
}

/** An object of a compared kind. */
export function objectOf({ group, version, kind }: Compared, spec: unknown, metadata: object = {}) {
  const object = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'x', ...metadata } };
  return spec === undefined ? object : { ...object, spec };
}

/** What the embedded cluster says to an object, without what the strategies of kinds add. */
export function ours(kind: Compared, object: unknown, old?: unknown): Verdict {
  const problem = decodeProblem(kind, object);
  if (problem !== undefined) return { status: 400, message: refusal(kind, problem) };
  const whole = withDefaults(prune(object, kind.schema).object, kind.schema);
  const errors = validate(kind.schema, whole, old === undefined ? {} : { old });
  return errors.length > 0
    ? { status: 422, causes: causesOf(errors) }
    : { status: old === undefined ? 201 : 200, content: contentOf(whole) };
}

/** What the real server says to it. */
export async function theirs(
  api: Api,
  kind: Compared,
  object: { metadata: { name: string } },
  old?: unknown,
) {
  const query = 'dryRun=All&fieldValidation=Ignore';
  const { status, body } =
    old === undefined
      ? await api.send<Answer>('POST', `${kind.path}?${query}`, object)
      : await api.send<Answer>('PUT', `${kind.path}/${object.metadata.name}?${query}`, object);
  if (status < 300) return { status, content: contentOf(body) };
  const { message = '', details } = body;
  return status === 422 ? { status, causes: causesOf(details?.causes ?? []) } : { status, message };
}

/** Expects the same verdict on a new object of both, and the same words about its unknown fields. */
export async function expectSame(api: Api, kind: Compared, object: { metadata: { name: string } }) {
  const [expected, { unknown }] = [await theirs(api, kind, object), prune(object, kind.schema)];
  expect(ours(kind, object)).toEqual(expected);
  if (expected.status >= 300 || unknown.length === 0) return;
  const path = `${kind.path}?dryRun=All&fieldValidation=Strict`;
  const { body } = await api.send<Answer>('POST', path, object);
  expect(refusal(kind, unknownProblem(unknown))).toBe(body.message);
}

/** The words in which an object that cannot be decoded is refused. */
export function refusal({ kind, version }: Pick<Compared, 'kind' | 'version'>, problem: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`;
}

/** What strict decoding says of unknown fields. */
export function unknownProblem(unknown: readonly string[]): string {
  return `strict decoding error: ${unknownFieldTexts(unknown).join(', ')}`;
}

/** The causes as lines; the order of a map's members is none. */
export function causesOf(causes: readonly Partial<FieldError>[]): readonly string[] {
  return causes.map(({ field, reason, message }) => `${field} ${reason} ${message}`).sort();
}

function contentOf(object: unknown): unknown {
  const { apiVersion: _, kind: __, metadata: ___, ...content } = object as Readonly<Record<string, unknown>>;
  return content;
}
