import { describe, expect, test } from 'vitest';
import { checkChartName, localPath } from '../../../../shared/helm/chart/name.ts';
import { patchVersion, versionMetadata, withVersion } from '../../../../shared/helm/chart/version.ts';
import { chartOf, chartYaml, given, problemOf } from './charts.ts';

describe('[HC-05 remote-name] the name of a chart of a repository', () => {
  test.each(['app', 'a-1', '-', 'group/app', 'a.b', 'a/.b', 'app/', 'app.', 'a/b/c.d-e', '0'])(
    '%s is taken',
    (name) => {
      expect(given(checkChartName(name))).toBe(name);
    },
  );

  test.each(['', 'App', 'a_b', '/a', '.a', '../a', 'a//b', 'a..b', 'a./b', 'a b', 'a\n', 'é', 'a@b'])(
    '%j is refused',
    (name) => {
      expect(problemOf(checkChartName(name))).toMatch(/^invalid: /);
    },
  );

  test('takes no long time, whoever chose it', () => {
    expect(checkChartName(`${'a'.repeat(100_000)}!`).ok).toBe(false);
    expect(checkChartName(`${'a/.'.repeat(100_000)}!`).ok).toBe(false);
  });
});

describe('the path of a chart in a source', () => {
  test('[HC-05 relative] is relative', () => {
    expect(given(localPath('./charts//app/'))).toBe('charts/app');
    expect(problemOf(localPath('/charts/app'))).toMatch(/relative/);
    expect(problemOf(localPath(''))).toMatch(/no path set/);
  });

  test('[HC-05 inside] stays in the source', () => {
    expect(given(localPath('../../charts/app'))).toBe('charts/app');
    expect(given(localPath('charts/../../app'))).toBe('app');
    expect(given(localPath('charts/other/../app'))).toBe('charts/app');
    expect(given(localPath('.'))).toBe('');
  });
});

describe('the version that tells of its source', () => {
  const revision = '0123456789abcdef0123456789abcdef01234567';

  test('[HC-07 revision-characters] has twelve characters of the revision', () => {
    expect(versionMetadata({ revision })).toBe('0123456789ab');
  });

  test('[HC-07 joined] has the generation behind a period', () => {
    expect(versionMetadata({ revision, generation: 3 })).toBe('0123456789ab.3');
    expect(versionMetadata({ generation: 3 })).toBe('3');
    expect(versionMetadata({})).toBe('');
  });

  test('[HC-07 own-metadata] is complete, and has no other metadata', () => {
    expect(given(patchVersion('1.2.3-rc.1+old', 'abc.1'))).toBe('1.2.3-rc.1+abc.1');
    expect(given(patchVersion('v1.2', '7'))).toBe('1.2.0+7');
    expect(given(patchVersion('v1.2', ''))).toBe('v1.2');
  });

  test('is refused where it would be none', () => {
    expect(problemOf(patchVersion('latest', '1'))).toMatch(/failed to parse version/);
    expect(problemOf(patchVersion('1.2.3', 'a_b'))).toMatch(/failed to set SemVer metadata/);
  });

  test("is the chart's, and in its Chart.yaml", async () => {
    const { metadata } = withVersion(await chartOf({ 'Chart.yaml': chartYaml() }), '1.2.3+abc');

    expect([metadata.version, metadata.fields.version]).toEqual(['1.2.3+abc', '1.2.3+abc']);
  });
});
