import { SWITCH, SWITCH_VALUE } from '../api/vocabulary.ts';
import { Fault, messageOf } from '../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap } from '../core/yaml.ts';
import { type BuiltDocument, idOf, kindText, nameOf } from './documents.ts';
import { envsubst } from './envsubst.ts';
import type { YamlBudget } from './yaml-budget.ts';

const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const NAME_PATTERN = '^[_[:alpha:]][_[:alpha:][:digit:]]*$';

/** Replaces `${...}` in the text of each resource and reads it again, so that values may change their types (KS-41). Faults: `invalid` in upstream's words, `too-large` when the budget is exhausted. */
export async function substitute(
  documents: readonly BuiltDocument[],
  variables: ReadonlyMap<string, string>,
  strict: boolean,
  budget: YamlBudget,
): Promise<readonly BuiltDocument[]> {
  const bad = [...variables.keys()].sort().find((name) => !NAME.test(name));
  const owners = new Map<string, number>();
  for (const { object } of documents) count(owners, idOf(object), 1);
  const results: BuiltDocument[] = [];
  for (const document of documents) {
    const { object } = document;
    if (isDisabled(object)) {
      results.push(document);
      continue;
    }
    const text = of(object, () => {
      if (bad !== undefined) throw new Error(`'${bad}' var name is invalid, must match '${NAME_PATTERN}'`);
      return attempt('variable substitution failed', () => envsubst(document.text, variables, strict));
    });
    if (text !== document.text) await budget.spend(text.length, `${kindText(object)}/${nameOf(object)}`);
    const result = of(object, () => (text === document.text ? document : readAgain(text)));
    count(owners, idOf(object), -1);
    const alone = count(owners, idOf(result.object), 1) === 1;
    if (!alone) throw failureOf(object, new Error('in Replace: id matched 2 resources'));
    results.push(result);
  }
  return results;
}

function readAgain(text: string): BuiltDocument {
  const object = attempt('YAMLToJSON', () => parseYaml(text));
  if (!isYamlMap(object)) throw new Error('UnmarshalJSON: not an object');
  return { text, object };
}

/** A step of one resource's substitution. */
function of<T>(object: YamlMap, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw failureOf(object, error);
  }
}

function failureOf(object: YamlMap, error: unknown): Fault {
  const name = `${kindText(object)}/${nameOf(object)}`;
  const message = `post build failed for '${name}': envsubst error: ${messageOf(error)}`;
  return new Fault('invalid', message, {}, error);
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
    (map) => isYamlMap(map) && map[SWITCH.substitute] === SWITCH_VALUE.disabled,
  );
}

function count(counts: Map<string, number>, id: string, by: number): number {
  const total = (counts.get(id) ?? 0) + by;
  counts.set(id, total);
  return total;
}
