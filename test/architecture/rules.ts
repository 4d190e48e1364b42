import { isIn } from './imports.ts';
import type { Source } from './sources.ts';
import { MAX_LINES, POWERS } from './table.ts';

/** Something no source may contain; looked for in code without comments and strings. */
interface Ban {
  readonly name: string;
  readonly pattern: RegExp;
}

const BANS: readonly Ban[] = [
  { name: 'a default export', pattern: /\bexport\s+default\b|\bas\s+default\b/ },
  {
    name: 'any',
    pattern: /(?:[:<|&]|=>|\b(?:as|extends|keyof|is)|\btype\s+\w+\s*=)\s*any\b(?!\s*\()|\bany\s*(?:>|\[\])/,
  },
  { name: 'an enum', pattern: /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/m },
];

/** Vitest's ways to change the world behind the code's back. */
const DOUBLES: Ban = {
  name: 'a module mock or spy',
  pattern:
    /\bvi\s*\.\s*(?:mock|doMock|unmock|hoisted|importMock|spyOn|stubEnv|stubGlobal|useFakeTimers|setSystemTime)\b/,
};

/** An import that the table cannot be held against. */
const COMPUTED: Ban = { name: 'a computed import', pattern: /\bimport\s*\(\s*(?!['"])/ };

/** Names that say nothing of what a file holds. */
const EMPTY_NAMES = ['common', 'helper', 'helpers', 'util', 'utils'];
/** Named after a kind of the parity list. */
const NAMED_SO = ['test/parity/facts/common.ts'];

/** Powers that a source uses without owning them. */
export function powerFaults({ path, code }: Source): readonly string[] {
  return POWERS.filter(({ pattern, owners }) => !isIn(path, owners) && pattern.test(code)).map(
    ({ name, owners }) => `${path} uses ${name}, which belongs to ${owners.join(', ')}`,
  );
}

/** What no source may contain: tests no doubles, the product no computed imports either. */
export function banFaults({ path, code, comments }: Source): readonly string[] {
  const bans = [...BANS, path.startsWith('test/') ? DOUBLES : COMPUTED];
  return [
    ...bans.filter(({ pattern }) => pattern.test(code)).map(({ name }) => `${path} has ${name}`),
    ...(comments.some((comment) => /@ts-(?:ignore|nocheck)/.test(comment))
      ? [`${path} silences the compiler`]
      : []),
  ];
}

/** Whether `shared/ports.ts` and its like hold more than types. */
export function valueFaults({ path, code }: Source): readonly string[] {
  const values =
    /^\s*export\s+(?:async\s+)?(?:const|let|var|function|class)\b|^\s*export\s*\{|^\s*export\s*\*/m;
  return values.test(code) ? [`${path} exports more than types`] : [];
}

/** Names that are not kebab-case or say nothing. */
export function nameFaults(path: string): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/(?:\.test|\.d)?\.ts$/, '');
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) return [`${path} is not in kebab-case`];
  return EMPTY_NAMES.includes(name) && !NAMED_SO.includes(path) ? [`${path} says nothing`] : [];
}

/** Files over the longest length allowed. */
export function lengthFaults({ path, lines }: Source): readonly string[] {
  return lines > MAX_LINES ? [`${path} has ${lines} lines, ${MAX_LINES} at most`] : [];
}

/** Lines a file: the middle one, the ninth of ten, the longest. */
export function sizesOf(sources: readonly Source[]) {
  const lines = sources.map((source) => source.lines).sort((a, b) => a - b);
  const at = (share: number) => lines[Math.ceil(share * lines.length) - 1] ?? 0;
  return { files: lines.length, median: at(0.5), p90: at(0.9), max: at(1) };
}
