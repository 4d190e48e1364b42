import { describe, expect, test } from 'vitest';
import { chooseTag, HELM_CHART_LAYER } from '../../../shared/oci/choose-tag.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const TAGS = ['latest', '1.0.0', 'v1.2.0', '1.10.0', '2.0.0-rc.1', '1.2', '1.2.3+x', '01.2.3', ''];

describe('semver', () => {
  test.each([
    ['*', '1.10.0'],
    ['1.x', '1.10.0'],
    ['~1.2', 'v1.2.0'],
    ['>=2.0.0-0', '2.0.0-rc.1'],
    ['<1.1.0', '1.0.0'],
  ])('[OCI-02 semver] %s picks %s', async (semver, tag) => {
    const tags = TAGS.filter((one) => !one.includes('+') && one !== '01.2.3');
    expect(await chooseTag(tags, { semver })).toBe(tag);
  });

  test('[OCI-02 filter] the filter sees the tag, before it is read as a version', async () => {
    const tags = ['1.0.0-a', '2.0.0-b', '3.0.0-a', 'a'];
    expect(await chooseTag(tags, { semver: '>=0.0.0-0', filter: 'b$' })).toBe('2.0.0-b');
    expect(await chooseTag(['1.0.0', 'v2.0.0', '3.0.0'], { semver: '*', filter: '^v' })).toBe('v2.0.0');
    const charts = { semver: '*', mediaType: HELM_CHART_LAYER };
    expect(await chooseTag(['1.0.0_a', '2.0.0'], { ...charts, filter: '_a$' })).toBe('1.0.0_a');
    await faultOf(chooseTag(tags, { semver: '*', filter: '^z' }), 'not-found');
  });

  test('[OCI-02 filter] is a regular expression of Go, which cannot be made to run for ever', async () => {
    await faultOf(chooseTag(TAGS, { semver: '*', filter: '(?<=x)' }), 'invalid');
    await faultOf(chooseTag(TAGS, { semver: '*', filter: '(' }), 'invalid');
    await faultOf(chooseTag([`${'a'.repeat(50_000)}!`], { semver: '*', filter: '^(a|a)+$' }), 'not-found');
  });

  test('[OCI-03 chart-tags] of charts an underscore is a plus', async () => {
    const rules = { semver: '>=1.0.0', mediaType: HELM_CHART_LAYER };
    expect(await chooseTag(['1.0.0', '1.1.0_b1', '1.0.5'], rules)).toBe('1.1.0_b1');
    await faultOf(chooseTag(['1.1.0_b1'], { semver: '>=1.0.0' }), 'not-found');
  });

  test('a range that is none is told, and so is that nothing matches', async () => {
    expect((await faultOf(chooseTag(TAGS, { semver: 'x.y.z.' }), 'invalid')).message).toMatch(
      /^semver 'x\.y\.z\.' parse error: /,
    );
    expect((await faultOf(chooseTag(TAGS, { semver: '>99' }), 'not-found')).message).toBe(
      'no match found for semver: >99',
    );
  });

  test('absurd tags are passed over, quickly', async () => {
    const absurd = [
      `${'9'.repeat(10_000)}.0.0`,
      '1.0.0-'.repeat(1000),
      '18446744073709551616.0.0',
      '../../x',
      '1.0.0\n',
    ];
    await faultOf(chooseTag(absurd, { semver: '*' }), 'not-found');
    const many = Array.from({ length: 100_000 }, (_, index) => `1.${index}.0`);
    expect(await chooseTag(many, { semver: '1.x' })).toBe('1.99999.0');
  });
});
