import type { ResourceType } from '../model.ts';
import type { Strategies, Strategy } from '../strategy.ts';
import { builtIn } from './built-in.ts';
import { custom } from './custom.ts';
import { KINDS } from './kinds.ts';

// Strategies know no cluster: one of a type serves all of them, as types of built-in kinds are the same for all.
const made = new WeakMap<ResourceType, Strategy>();

/** The strategy of a kind; one without particular rules is decoded, keeps its status apart, and that is all. */
export const strategyOf: Strategies = (type) => {
  const known = made.get(type);
  if (known) return known;
  const strategy = type.custom ? custom(type) : builtIn(type, KINDS[`${type.group}/${type.plural}`] ?? {});
  made.set(type, strategy);
  return strategy;
};
