import { typeOfKind } from '../../../../shared/core/kubernetes-schema/field.ts';
import type { ResourceType } from '../model.ts';
import { problemOf } from './go-types.ts';
import { fieldsOf } from './prune.ts';
import type { Schema } from './schema.ts';
import { errorOf } from './validate/field-error.ts';

type Decodable = Pick<ResourceType, 'group' | 'version' | 'kind' | 'schema'>;

/** Why a value of a built-in kind, or of any object's metadata, cannot be what its field holds; undefined when all can. */
export function decodeProblem(type: Decodable, object: unknown): string | undefined {
  const name = typeOfKind(type.group === '' ? type.version : `${type.group}/${type.version}`, type.kind);
  return name === undefined
    ? customProblem(type.schema, object)
    : problemOf(name, object, { struct: type.kind, path: '' });
}

function customProblem(schema: Schema, object: unknown): string | undefined {
  const fields = fieldsOf(object) ?? {};
  return metadataProblem(fields.metadata) ?? embeddedProblem(object, schema, '');
}

function metadataProblem(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined;
  return problemOf('meta.v1.ObjectMeta', metadata, { struct: 'ObjectMeta', path: '' });
}

/** The first whole object within a custom one whose apiVersion, kind or metadata are none. */
function embeddedProblem(value: unknown, schema: Schema | undefined, path: string): string | undefined {
  if (!schema) return undefined;
  if (Array.isArray(value)) {
    return firstOf(value.entries(), ([at, item]) => embeddedProblem(item, schema.items, `${path}[${at}]`));
  }
  const fields = fieldsOf(value);
  if (!fields) return undefined;
  const own = schema.embedded
    ? firstOf(Object.entries(fields), (entry) => metaProblem(entry, path))
    : undefined;
  return (
    own ??
    firstOf(Object.entries(fields), ([name, member]) =>
      embeddedProblem(member, schema.field(name), path === '' ? name : `${path}.${name}`),
    )
  );
}

function metaProblem([name, value]: readonly [string, unknown], path: string): string | undefined {
  const about = (detail: string) => {
    const { field, message } = errorOf('FieldValueInvalid', `${path}.${name}`, value, detail);
    return `${field}: ${message}`;
  };
  if (name === 'metadata') {
    const problem = metadataProblem(value);
    return problem && about(problem);
  }
  const isText = typeof value === 'string' || (name !== 'apiVersion' && name !== 'kind');
  return isText ? undefined : about('must be a string');
}

function firstOf<T, R>(all: Iterable<T>, question: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const answer = question(one);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
