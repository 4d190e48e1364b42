/** Picks things; the same ones for the same seed. */
export interface Chance {
  /** Below `bound`. */
  below(bound: number): number;
  pick<T>(items: readonly T[]): T;
  /** With a probability. */
  maybe(probability: number): boolean;
}

// Scalars as they are written: what other YAML dialects call booleans, numbers in every base, quotes, breaks, unusual text.
const SCALARS = [
  ...[
    'plain',
    '"quoted"',
    "'single ''quoted'''",
    'yes',
    '"yes"',
    'No',
    'on',
    '"off"',
    'y',
    'true',
    '"true"',
    'True',
  ],
  ...[
    '~',
    'null',
    '"null"',
    '',
    '""',
    '0',
    '"0"',
    '007',
    '0o17',
    '0x1F',
    '0b11',
    '1_000',
    '1.0',
    '1.50',
    '1e3',
    '.5',
  ],
  ...[
    '"1.0"',
    '-0',
    '+1',
    '12345678',
    '1234567.5',
    '0.00001',
    '1:30',
    '12:30:45',
    '"2001-01-01"',
    'a:b',
    '"a: b"',
  ],
  ...[
    'a#b',
    '"a # b"',
    '"- a"',
    '"#a"',
    '"{a}"',
    '"[a]"',
    '"*a"',
    '"&a"',
    '"!a"',
    '"|"',
    '">"',
    '"%a"',
    '"@a"',
    '"`a"',
  ],
  ...[
    '"a\\nb"',
    '"a\\n"',
    '"\\n"',
    '"a\\tb"',
    '" a"',
    '"a "',
    '"a\\\\b"',
    '"say \\"hi\\""',
    "it's",
    '"it\'s: \\"x\\""',
  ],
  ...[
    'żółw',
    '🐢',
    '"\\u00e9"',
    '中文',
    '"..."',
    '"---"',
    '-a',
    '?a',
    ':a',
    '"a:"',
    '"<<"',
    '"="',
    '"<a> & b"',
    '${VAR}',
  ],
  ...[
    '"${VAR}"',
    '$(VAR)',
    'http://example.com:80/x?y=z',
    'x'.repeat(120),
    `"${'long '.repeat(30)}"`,
    'several words',
  ],
];

const BLOCKS = [
  ['|', 'one', 'two'],
  ['|-', 'one', '  two', '', 'three'],
  ['|+', 'one', '', ''],
  ['>', 'one', 'two', '', 'three'],
  ['>-', 'folded', 'text'],
  ['|', '#!/bin/sh', 'if [ "$a" = b ]; then', '\techo "x: y" # c', 'fi'],
  ['|', '{"json": [1, 2]}'],
  ['|', 'trailing space ', 'x'],
  ['|2', '  indented', 'x'],
];

/** A value after `key:`, nasty now and then; `indent` is the key's. */
export function value(chance: Chance, indent: string): string {
  if (!chance.maybe(0.15)) return ` ${chance.pick(SCALARS)}`;
  const [head, ...lines] = chance.pick(BLOCKS);
  return ` ${head}\n${lines.map((line) => (line === '' ? '' : `${indent}  ${line}`)).join('\n')}`;
}

/** Text of the one-line kind. */
export function scalar(chance: Chance): string {
  return chance.pick(SCALARS.filter((text) => text !== '' && text !== '~' && text !== 'null'));
}
