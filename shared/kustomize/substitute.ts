import { Fault, messageOf } from '../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap } from '../core/yaml.ts';
import { type BuiltDocument, idOf, kindText, nameOf } from './documents.ts';
import { envsubst } from './envsubst.ts';

/** A label or annotation of this name and value keeps a resource as it is (KS-42). */
export const SUBSTITUTE_SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';
const DISABLED = 'disabled';

const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const NAME_PATTERN = '^[_[:alpha:]][_[:alpha:][:digit:]]*$';

/** Replaces `${...}` in the text of each resource and reads it again, so that values may change their types (KS-41). Fault `invalid` in upstream's words. */
export function substitute(
  documents: readonly BuiltDocument[],
  variables: ReadonlyMap<string, string>,
  strict: boolean,
): readonly BuiltDocument[] {
  const bad = [...variables.keys()].sort().find((name) => !NAME.test(name));
  const owners = new Map<string, number>();
  for (const { object } of documents) count(owners, idOf(object), 1);
  return documents.map((document) => {
    const { object } = document;
    if (isDisabled(object)) return document;
    try {
      if (bad !== undefined) throw new Error(`'${bad}' var name is invalid, must match '${NAME_PATTERN}'`);
      const result = substituteOne(document, variables, strict);
      count(owners, idOf(object), -1);
      if (count(owners, idOf(result.object), 1) > 1) throw new Error('in Replace: id matched 2 resources');
      return result;
    } catch (error) {
      const message = `post build failed for '${kindText(object)}/${nameOf(object)}': envsubst error: ${messageOf(error)}`;
      throw new Fault('invalid', message, {}, error);
    }
  });
}

function substituteOne(
  document: BuiltDocument,
  variables: ReadonlyMap<string, string>,
  strict: boolean,
): BuiltDocument {
  if (!document.text.includes('$')) return document;
  const text = attempt('variable substitution failed', () => envsubst(document.text, variables, strict));
  if (text === document.text) return document;
  const object = attempt('YAMLToJSON', () => parseYaml(text));
  if (!isYamlMap(object)) throw new Error('UnmarshalJSON: not an object');
  return { text, object };
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

function isDisabled(object: YamlMap): boolean {
  const metadata = isYamlMap(object.metadata) ? object.metadata : {};
  return [metadata.labels, metadata.annotations].some(
    (map) => isYamlMap(map) && map[SUBSTITUTE_SWITCH] === DISABLED,
  );
}

function count(counts: Map<string, number>, id: string, by: number): number {
  const total = (counts.get(id) ?? 0) + by;
  counts.set(id, total);
  return total;
}
