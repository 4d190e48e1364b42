import { type Fields, textOf } from './fields.ts';

const SUFFIX_LENGTH = 5;

/** The name that admission speaks of: of an object whose name is generated it knows the beginning only. */
export function askedName(metadata: Fields): string {
  const [name, prefix] = [textOf(metadata.name), textOf(metadata.generateName)];
  const isGenerated =
    prefix !== '' && name.startsWith(prefix) && name.length === prefix.length + SUFFIX_LENGTH;
  return isGenerated ? prefix : name;
}
