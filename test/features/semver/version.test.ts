import { describe, expect, test } from 'vitest';
import { compareVersions, parseVersion, type Version } from '../../../shared/core/semver.ts';

describe('versions', () => {
  test.each([
    'v1.2.3',
    '1.2.3',
    'v2025.07.03',
    'v1.2.0-x.Y.0+metadata',
    'v1.2.3-rc1-with-hypen',
    '1.2.3+b-1',
  ])('[COM-28 three-parts] %s is a version', (text) => {
    expect(parseVersion(text)?.original).toBe(text);
  });

  test.each([
    'v1.0',
    'v1',
    '1',
    'v1.2.beta',
    'v1.2-5',
    'v1.2-beta5',
    '\nv1.2',
    'v1.2.3.4',
    '1.2.3-01',
    'V1.2.3',
    '1.2.3-',
  ])('[COM-28 three-parts] %j is none', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  test('numbers go to the end of 64 bits, versions to 256 characters', () => {
    expect(parseVersion('18446744073709551615.0.0')?.major).toBe(18446744073709551615n);
    expect(parseVersion('18446744073709551616.0.0')).toBeUndefined();
    expect(parseVersion(`1.2.3-${'a'.repeat(251)}`)).toBeUndefined();
  });

  test('[COM-28 precedence] precedence is that of the specification', () => {
    const ordered =
      '1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0';
    const versions = ordered.split(' ').map(versionOf);

    expect(
      versions
        .toReversed()
        .toSorted(compareVersions)
        .map(({ original }) => original)
        .join(' '),
    ).toBe(ordered);
  });

  test('[COM-28 precedence] build metadata and a leading v do not count', () => {
    expect(compareVersions(versionOf('v1.2.3+a'), versionOf('1.2.3+b'))).toBe(0);
    expect(compareVersions(versionOf('01.2.3'), versionOf('1.2.3'))).toBe(0);
  });
});

function versionOf(text: string): Version {
  const version = parseVersion(text);
  return version ?? expect.fail(`${text} is not a version`);
}
