import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';

/** Words with everything in them that a format has a rule for. */
const WORDS = [
  ...[
    'plain',
    'two words',
    ' lead',
    'trail ',
    'a: b',
    'a #b',
    '- dash',
    '? q',
    '?q',
    ': x',
    ':x',
    '---x',
    '...',
  ],
  ...['yes', 'true', 'null', '~', '12', '0x1f', '0o17', '017', '1e3', '1_000', '.5', '-.inf', '.nan', '<<'],
  ...[
    '2001-01-01',
    '2001-1-1 10:11:12',
    '1:20',
    'x\ny',
    'x\n',
    '\nx',
    'x\n\n',
    'x \ny',
    'x\n y',
    ' x\ny',
    'x\n',
  ],
  ...[
    "it's",
    '"quoted"',
    'back\\slash',
    'tab\there',
    '\ttab',
    'é',
    '日本',
    '😀',
    '\u00a0',
    '\u2028',
    '\u0085',
    '\u0007',
  ],
  ...[
    '[x]',
    '{x}',
    'x]',
    '*x',
    '&x',
    '!x',
    '|',
    '>',
    '%x',
    '@x',
    '`x`',
    ',x',
    '=',
    'a=b',
    'https://x/y?z',
    'x:',
  ],
];

interface Dice {
  pick<T>(items: readonly T[]): T;
  upTo(count: number): number;
}

function diceOf(seed: number): Dice {
  const chance = createSeededChance(seed);
  const upTo = (count: number): number => Math.floor(chance.number() * count);
  return { upTo, pick: (items) => items[upTo(items.length)] as (typeof items)[number] };
}

const NUMBERS = [
  '0',
  '-1',
  '42',
  '9007199254740993',
  '1.5',
  '-0.25',
  '100000.5',
  '1234567.25',
  '1e-7',
  '1e21',
];

/** JSON text of a random value; keys never repeat. */
function valueText(dice: Dice, depth: number): string {
  const kind = dice.upTo(depth > 3 ? 6 : 9);
  if (kind < 3) return JSON.stringify(dice.pick(WORDS));
  if (kind < 5) return dice.pick(NUMBERS);
  if (kind === 5) return dice.pick(['true', 'false', 'null', '""', '[]', '{}']);
  if (kind === 6)
    return `[${Array.from({ length: dice.upTo(4) }, () => valueText(dice, depth + 1)).join(',')}]`;
  return objectText(dice, depth + 1);
}

function objectText(dice: Dice, depth: number): string {
  const keys = new Set(Array.from({ length: 1 + dice.upTo(4) }, (_, at) => keyOf(dice, at)));
  return `{${[...keys].map((key) => `${JSON.stringify(key)}:${valueText(dice, depth)}`).join(',')}}`;
}

function keyOf(dice: Dice, at: number): string {
  return dice.upTo(3) === 0
    ? `${dice.pick(WORDS.filter((word) => word !== '<<' && !/[\n\u0085\u2028]/.test(word)))}${at}`
    : `key${at}`;
}

export function generatedJson(seed: number): string {
  return `{"first":"x","of":${objectText(diceOf(seed), 0)}}`;
}

/** YAML in block style with comments where SOPS keeps them. */
export function generatedYaml(seed: number): string {
  const dice = diceOf(seed);
  const lines: string[] = [];
  const comment = (indent: string): void => {
    if (dice.upTo(4) === 0) lines.push(`${indent}# ${dice.pick(['a comment', 'why', 'é: x'])}`);
  };
  const map = (indent: string, depth: number): void => {
    const count = 1 + dice.upTo(4);
    for (let at = 0; at < count; at += 1) {
      comment(indent);
      const key = quoted(keyOf(dice, at));
      const kind = dice.upTo(depth > 3 ? 4 : 6);
      if (kind < 4) {
        const value = scalar(dice);
        // Behind an empty list SOPS itself loses the place of a comment.
        const behind = dice.upTo(6) === 0 && !/^[[{]/.test(value) ? ' # behind' : '';
        lines.push(`${indent}${key}: ${value}${behind}`);
      } else {
        lines.push(`${indent}${key}:`);
        if (kind === 4) map(`${indent}  `, depth + 1);
        else list(`${indent}  `, depth + 1);
      }
    }
  };
  const list = (indent: string, depth: number): void => {
    const count = 1 + dice.upTo(3);
    for (let at = 0; at < count; at += 1) {
      comment(indent);
      if (depth > 3 || dice.upTo(3) > 0) lines.push(`${indent}- ${scalar(dice)}`);
      else {
        lines.push(`${indent}- first: ${scalar(dice)}`);
        lines.push(`${indent}  second:`);
        map(`${indent}    `, depth + 1);
      }
    }
  };
  map('', 0);
  return `${lines.join('\n')}\n`;
}

function scalar(dice: Dice): string {
  return dice.upTo(3) === 0
    ? dice.pick([...NUMBERS, 'true', 'null', '2001-01-01', '[]', '{}', '[1, {a: b}]'])
    : quoted(dice.pick(WORDS));
}

/** In double quotes; go-yaml ends lines where JSON does not. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u0085', '\\u0085');
}

export function generatedDotenv(seed: number): string {
  const dice = diceOf(seed);
  const lines = Array.from({ length: 6 }, (_, at) =>
    dice.upTo(4) === 0
      ? `#${dice.pick(['', ' x', ' a=b'])}`
      : `KEY_${at}=${dice.pick(WORDS).replaceAll('\n', '\\n')}`,
  );
  return `FIRST=1\n${lines.join('\n')}\n`;
}

export function generatedIni(seed: number): string {
  const dice = diceOf(seed);
  const words = WORDS.filter((word) => !/[\n`"\u0085\u2028]|\\$/.test(word));
  const section = (at: number): string => {
    const keys = Array.from({ length: 1 + dice.upTo(4) }, (_, index) => {
      const about = dice.upTo(4) === 0 ? '; about\n' : '';
      return `${about}key${'x'.repeat(dice.upTo(5))}${index} = ${dice.pick(words)}`;
    });
    return `[section${at}]\n${keys.join('\n')}\n`;
  };
  return Array.from({ length: 1 + dice.upTo(3) }, (_, at) => section(at)).join('\n');
}

export function generatedBinary(seed: number): Uint8Array {
  const dice = diceOf(seed);
  return Uint8Array.from({ length: 1 + dice.upTo(200) }, () => dice.upTo(256));
}
