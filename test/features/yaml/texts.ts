/** Texts in every form that the reader of plain YAML knows. */
export const TEXTS: readonly string[] = [
  "a: 1\nb: two\nc: \"3\"\nd: 'it''s'\n",
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {app: a, "b/c": "d"}\ndata:\n  k: |\n    one\n      two\n\n    three\n',
  'list:\n- a\n- b: 1\n  c: 2\n-\n  d: 3\n- - x\n  - y\n- []\n- {}\n',
  'list:\n  - a # comment\n  # another\n  - "b # no comment"\nnext: 1\n',
  '# head\n---\na: 1\n---\n# only a comment\n---\nb: 2\n',
  'a:\nb: ~\nc: null\nd: ""\n',
  'folded: >\n  one\n  two\n\n  three\n   more\n  four\nstrip: |-\n  x\nkeep: |+\n  y\n\n\nend: 1\n',
  'hint: |2\n    two spaces\n  none\n',
  'plain: one\n  two\n  three\nnext: a:b c#d\n',
  'quoted: "a\\n\\t\\"b\\u00e9"\nlong: "one\n  two\n\n  three"\nsingle: \'one\n  two\'\n',
  '{"a": [1, 2.5, -3e2, true, false, null, "x"], "b": {"c": {}}}\n',
  '[\n  {"op": "add", "path": "/a"},\n  {"op": "remove", "path": "/b/~1c"}\n]\n',
  'command: ["sh", "-c", "echo $HOME && exit 0"]\nargs: [--a=b, -v]\n',
  'url: http://example.com:80/a?b=c\ntime: 12:30\ncolon: "a: b"\nstar: a*b\n',
  '- a\n- b:\n    c: 1\n  d:\n  - e\n  -\n    f\n',
  'numbers: [0, 007, 0o17, 0x1F, 1_000, 1.50, .5, 1e3, +1, -0]\nwords: [yes, On, TRUE, n, Null]\n',
  'unicode: żółw 🐢 中文\n"quoted key": 1\nkey with spaces: 2\n',
  'script: |\n  #!/bin/sh\n  a=1   \n\n  \techo "x: y" # no comment\nafter: 1\n',
];

const PIECES = [
  ...[
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\n  ',
    '\n    ',
    ':',
    ': ',
    '- ',
    '- - ',
    '-',
    '#',
    ' #',
    '"',
    "'",
    '|',
    '>',
    '|-',
  ],
  ...[
    '>+',
    '|2',
    '[',
    ']',
    '{',
    '}',
    '[]',
    '{}',
    ',',
    '\\',
    '\t',
    '\r',
    'a',
    '1',
    'é',
    '~',
    'null',
    'yes',
    '0x1',
  ],
  ...[
    '---\n',
    '\n---\n',
    '...',
    '?',
    '&a ',
    '*a',
    '!',
    '%',
    '@',
    '`',
    '<<: ',
    ': |\n',
    '""',
    "''",
    'x: y',
    '$',
  ],
];

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` texts with a few random insertions, deletions and replacements each; always the same ones. */
export function* mutationsOf(texts: readonly string[], count: number): Generator<string> {
  const random = randomNumbers(20);
  const below = (bound: number) => Math.floor(random() * bound);
  for (let made = 0; made < count; made++) {
    let text = texts[below(texts.length)] ?? '';
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const at = below(text.length + 1);
      const removed = random() < 0.6 ? 0 : 1 + below(3);
      const piece = random() < 0.75 ? (PIECES[below(PIECES.length)] ?? '') : '';
      text = text.slice(0, at) + piece + text.slice(at + removed);
    }
    yield text;
  }
}
