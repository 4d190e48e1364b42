import { Fault } from '../../core/failures.ts';
import { Branch, Comment, isList } from '../tree.ts';
import { scalarText } from './scalar-text.ts';

/** Reads `KEY=value` lines and `#` comments; `\n` stands for a line break. Fault `malformed`, which does not tell the line's text. */
export function readDotenv(text: string): Branch {
  const lines = text.split('\n').map((line, at) => ({ line, at }));
  return new Branch(
    lines
      .filter(({ line }) => line !== '')
      .map(({ line, at }) => {
        if (line.startsWith('#')) return new Comment(line.slice(1));
        const equals = line.indexOf('=');
        if (equals < 0) throw new Fault('malformed', `invalid dotenv input line ${at + 1}`);
        return { key: line.slice(0, equals), value: line.slice(equals + 1).replaceAll('\\n', '\n') };
      }),
  );
}

/** Writes the same. Fault `invalid` for lists and mappings. */
export function writeDotenv(branch: Branch): string {
  return branch.items
    .map((item) => {
      if (item instanceof Comment) return `#${item.text}\n`;
      const { key, value } = item;
      if (value instanceof Branch || isList(value))
        throw new Fault('invalid', `cannot use complex value in dotenv file; offending key ${key}`);
      const text = typeof value === 'string' ? value.replaceAll('\n', '\\n') : scalarText(value);
      return `${key}=${text}\n`;
    })
    .join('');
}
