import { describe, expect, test } from 'vitest';
import { parseVersion } from '../../../shared/core/semver.ts';
import { parseConstraint } from '../../../shared/core/semver-constraint.ts';
import { processorTime } from '../../processor-time.ts';
import { faultNow } from './fault-now.ts';

/** `range: versions in it | versions outside`, by what Masterminds/semver documents and tests. */
const RANGES = `
=2.0.0: 2.0.0 | 1.2.3
=2.0: 2.0.0 2.0.1 | 1.2.3 2.1.0
4.1: 4.1.0 4.1.3 | 4.2.0
!=4.1.0: 4.1.1 | 4.1.0
!=4.1: 5.1.0 | 4.1.0 4.1.1 5.1.0-alpha.1
!=4.1-alpha: 4.1.0 | 4.1.0-alpha 4.1.1-alpha
!=4.x: 5.1.0 | 4.1.0
<11: 0.1.0 | 11.1.0
<1.1: 0.1.0 1.0.500 | 1.1.0 1.1.1
<=11: 1.2.3 11.2.3 | 12.2.3
<=1.1: 0.1.0 1.1.0 1.1.1 | 1.2.3 0.1.0-alpha
<=1.1-a: 0.1.0-alpha |
>1.1: 4.1.0 | 1.1.0 1.1.1
>11: 12.0.0 | 11.1.0
>11.1: 11.2.1 | 11.1.0 11.1.1
>=11.1: 11.1.2 | 11.0.2
=>1.1: 4.1.0 1.1.0 | 0.0.9 4.1.0-beta
=<1.1: 1.1.1 | 1.2.0
*: 1.2.3 4.5.6 0.0.0 |
2.*: 2.1.1 | 1.0.0 3.4.5
2.1.*: 2.1.1 | 2.2.1
1.x: 1.4.0 | 2.0.0
0.x.x: 0.9.9 0.0.1 | 1.2.3
~1.2.3: 1.2.4 1.2.3 | 1.2.2 1.3.4
~1.2: 1.2.4 | 1.3.4
~>1.2: 1.2.4 | 1.3.4
~1: 1.2.4 1.9.0 | 2.3.4
~0.2.3: 0.2.5 | 0.3.5
~*: 2.1.1 |
~0.0.0: 1.2.3 |
^1.2.3: 1.8.9 1.2.3 | 2.8.9 1.2.1
^1.2: 1.8.9 | 2.8.9
^1: 1.8.9 | 2.8.9
^1.x: 1.1.1 | 2.1.1 1.1.1-beta1
^0.2.3: 0.2.5 | 0.5.6
^0.2: 0.2.5 | 0.5.6
^0.0.3: 0.0.3 | 0.0.4
^0.0: 0.0.3 | 0.1.4 1.0.4
^0: 0.2.3 | 1.1.4
1.1 - 2: 1.1.1 2.9.9 | 3.0.0 1.0.9
1.5.0 - 4.5: 3.7.0 4.5.6 | 4.6.0
1.1-3: 1.1.5 | 4.3.2
>1.1, <2: 1.2.1 | 1.1.1 2.0.0
>= 1.2.3 < 2.0 || => 3.0 < 4: 1.5.0 3.2.1 | 2.5.0 4.0.0
>=1.1, <2, !=1.2.3 || > 3: 4.1.2 1.2.4 | 3.1.2 3.0.0 1.2.3
v1.2.3: 1.2.3 v1.2.3 | 1.2.4
`;

/** The same for ranges that speak of prereleases. */
const PRERELEASES = `
*: | 1.2.3-alpha.1 v2.0.0-rc.1
*-0: 1.2.3-alpha.1 1.2.3 |
>=0.0.0-0: 1.2.3 3.4.5-beta.1 0.0.0-alpha |
>=1.1: | 4.1.0-beta
>0.0.0-0: 0.0.0-alpha |
>1.2.3-alpha.1: 1.2.3-alpha.2 1.3.3-alpha.2 | 1.2.3-alpha.0
~1.2.3-beta.2: 1.2.3-beta.4 1.2.4-beta.2 | 1.3.4-beta.2
~1.1.1-beta: 1.1.1 | 1.1.1-alpha
^1.2.0: | 1.2.1-alpha.1
^1.2.0-alpha.0: 1.2.1-alpha.1 1.9.0-rc.1 | 2.0.0-alpha
^1.2.0-alpha.2: | 1.2.0-alpha.1
>=1.0.0-0 <2: 1.5.0-rc.1 | 2.5.0
<2, >=1.0.0 || 3.0.0-rc.1: 3.0.0-rc.1 1.5.0 | 1.5.0-rc.1
`;

describe('semver ranges', () => {
  test.each(rowsOf(RANGES))('[COM-28 ranges] %s', (range, inside, outside) => {
    expectMembers(range, inside, outside);
  });

  test.each(rowsOf(PRERELEASES))('[COM-28 prereleases] %s', (range, inside, outside) => {
    expectMembers(range, inside, outside);
  });

  test.each([
    '',
    'foo',
    '>= bar',
    'BAR >= 1.2.3',
    '12.3.4.1234',
    '12.3.34~ 1.2.3',
    '== 1.2',
    '1.2.3 ||',
    '1.2;2',
  ])('[COM-28 bad-range] %j is improper', (range) => {
    const fault = faultNow(() => parseConstraint(range), 'invalid');

    expect(fault.message).toMatch(/^improper constraint: "/);
  });

  test('a range is at most 512 bytes and 32 groups', () => {
    const groups = (count: number): string => Array.from({ length: count }, () => '1.0.0').join('||');

    expect(faultNow(() => parseConstraint(`>=1.0.0${' '.repeat(506)}`), 'invalid').message).toBe(
      'constraint string is too long (max 512 bytes)',
    );
    expect(faultNow(() => parseConstraint(groups(33)), 'invalid').message).toBe(
      'too many constraint groups (max 32)',
    );
    expect(() => parseConstraint(groups(32))).not.toThrow();
  });

  test('a hostile range is refused at once', async () => {
    const cost = await processorTime(() =>
      faultNow(() => parseConstraint(`${'1 , '.repeat(120)}!`), 'invalid'),
    );

    expect(cost).toBeLessThan(500);
  });
});

function expectMembers(range: string, inside: readonly string[], outside: readonly string[]): void {
  const constraint = parseConstraint(range);
  const matched = [...inside, ...outside].filter((text) => {
    const version = parseVersion(text);
    if (version === undefined) throw new Error(`${text} is not a version`);
    return constraint(version);
  });
  expect(matched).toEqual(inside);
}

function rowsOf(table: string): [string, string[], string[]][] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const colon = line.indexOf(': ');
      const [inside = '', outside = ''] = line.slice(colon + 1).split(/ \|(?: |$)/);
      const words = (text: string): string[] => text.split(' ').filter(Boolean);
      return [line.slice(0, colon), words(inside), words(outside)];
    });
}
