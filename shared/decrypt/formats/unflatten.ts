import { Fault } from '../../core/failures.ts';
import { Branch, entriesOf, type TreeValue } from '../tree.ts';

/** A place in the tree that flat names make. */
interface Place {
  value?: TreeValue;
  readonly keys: Map<string, Place>;
  readonly items: Map<number, Place>;
}

/** The tree that names such as `age__list_0__map_enc` stand for. Fault `malformed`. */
export function unflatten(flat: Branch): Branch {
  const root = place();
  for (const { key, value } of entriesOf(flat)) {
    const at = stepsOf(key).reduce(enter, root);
    if (at.value !== undefined) throw malformed(`Duplicate value ${key}`);
    at.value = value;
  }
  const tree = treeOf(root);
  if (tree instanceof Branch) return tree;
  throw malformed('no mapping');
}

/** Ours: levels of a name; metadata has five. */
const MAX_STEPS = 32;

/** Each separator says what follows it. */
function stepsOf(name: string): readonly (string | number)[] {
  const [first = '', ...others] = name.split(/(__map_|__list_)/);
  if (others.length > 2 * MAX_STEPS) throw malformed(`a name of more than ${MAX_STEPS} levels`);
  const steps: (string | number)[] = [first];
  for (let at = 0; at + 1 < others.length; at += 2) {
    const step = others[at + 1] ?? '';
    steps.push(others[at] === '__list_' ? Number.parseInt(step, 10) || 0 : step);
  }
  return steps;
}

function enter(at: Place, step: string | number): Place {
  const known = typeof step === 'number' ? at.items.get(step) : at.keys.get(step);
  if (known !== undefined) return known;
  const fresh = place();
  if (typeof step === 'number') at.items.set(step, fresh);
  else at.keys.set(step, fresh);
  return fresh;
}

function place(): Place {
  return { keys: new Map(), items: new Map() };
}

function treeOf(at: Place): TreeValue {
  const kinds = [at.value !== undefined, at.keys.size > 0, at.items.size > 0].filter(Boolean).length;
  if (kinds > 1) throw malformed('Type mismatch');
  if (at.value !== undefined) return at.value;
  if (at.items.size === 0)
    return new Branch([...at.keys].map(([key, inner]) => ({ key, value: treeOf(inner) })));
  const indices = [...at.items.keys()].sort((a, b) => a - b);
  if (indices.some((index, position) => index !== position)) throw malformed('Incomplete list');
  return indices.map((index) => treeOf(at.items.get(index) as Place));
}

function malformed(problem: string): Fault {
  return new Fault('malformed', `Error while unflattening: ${problem}`);
}
