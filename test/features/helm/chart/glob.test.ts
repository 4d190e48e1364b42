import { expect, test } from 'vitest';
import { compilePath } from '../../../../shared/core/glob.ts';

// Measured with Go 1.26's filepath.Match.
test.each<readonly [string, string, boolean | 'malformed']>([
  ['*', 'a', true],
  ['*', 'a/b', false],
  ['*/b', 'a/b', true],
  ['a?b', 'a/b', false],
  ['a[^x]b', 'a/b', true],
  ['*[/x]*b', 'ax/b', false],
  ['*a*b', 'xaxb', true],
  ['**', 'ab', true],
  ['a*', 'a', true],
  ['', '', true],
  ['', 'a', false],
  ['\\*', '*', true],
  ['[*]', '*', true],
  ['[a-c]é?', 'bé!', true],
  ['[', 'a', 'malformed'],
  ['a[', 'b', 'malformed'],
  ['a*[', 'b', false],
  ['a*[', 'ab', 'malformed'],
  ['a\\', 'a', 'malformed'],
  ['[]a]', 'a', 'malformed'],
])('%j and %j', (pattern, path, expected) => {
  expect(compilePath(pattern)(path)).toBe(expected);
});
