import { describe, expect, test } from 'vitest';
import { findVersions, type IndexedVersion } from '../../../shared/helm/index/find.ts';
import { convertIndex } from '../../../shared/helm/index/read.ts';
import { pickIndexed, pickTagged, tagOfVersion, versionsOfTags } from '../../../shared/helm/pick-version.ts';
import { chartUrl } from '../../../shared/helm/repository-url.ts';
import { indexYaml, versionYaml } from './indexes.ts';

const version = (text: string, created = '2024-01-02T03:04:05Z'): IndexedVersion => ({
  ...{ name: 'app', version: text, urls: [], created },
});
const pick = (wanted: string, versions: readonly IndexedVersion[] | undefined): string => {
  const picked = pickIndexed('app', wanted, versions);
  return picked.ok ? `${picked.value.version} of ${picked.value.created}` : picked.problem.message;
};

describe('a version of an index', () => {
  const LISTED = ['2.0.0-rc.1', '1.10.0', '1.9.0', 'v1.2.3', '1.0', 'nonsense'].map((text) => version(text));

  test.each([
    ['', '1.10.0'],
    ['*', '1.10.0'],
    ['1.9.x', '1.9.0'],
    ['v1.2.3', 'v1.2.3'],
    ['1.2.3', 'v1.2.3'],
    // The same letters count before what they mean.
    ['1.0', '1.0'],
    ['>=1.0.0-0', '2.0.0-rc.1'],
    ['nonsense', 'nonsense'],
  ])('[HC-03 exact] [HC-03 range] [HC-03 latest] %s is %s', (wanted, expected) => {
    expect(pick(wanted, LISTED)).toBe(`${expected} of 2024-01-02T03:04:05Z`);
  });

  test('[HC-03 created] of equal ones is the youngest, to the nanosecond', () => {
    const days = ['2024-01-02T00:00:00Z', '2024-01-03T00:00:00Z', '2024-01-01T00:00:00Z'];
    const builds = days.map((day, at) => version(`1.0.0+${at}`, day));
    expect(pick('1.x', builds)).toBe('1.0.0+1 of 2024-01-03T00:00:00Z');

    const instants = ['05.1000001Z', '05.1000002Z', '05.1Z'].map((end) => `2024-01-02T03:04:${end}`);
    const close = instants.map((instant, at) => version(`1.0.0+${at}`, instant));
    expect(pick('1.x', close)).toBe('1.0.0+1 of 2024-01-02T03:04:05.1000002Z');
  });

  test('[HC-03 nothing-found] that is not there is told', () => {
    expect(pick('1.x', undefined)).toBe('no chart name found');
    expect(pick('1.x', [])).toBe('no chart version found');
    expect(pick('9.x', LISTED)).toBe("no 'app' chart with version matching '9.x' found");
    expect(pick('a b', LISTED)).toMatch(/^improper constraint/);
  });
});

describe('a version among tags', () => {
  test('[HC-04 plus] [HC-04 range] has + for _; what is no strict version does not count', () => {
    const tags = ['1.0.0', '1.1.0_build.1', 'v1.2.0', '1.3', '01.4.0', 'latest', '2.0.0-rc.1'];

    expect(versionsOfTags(tags)).toEqual(['1.0.0', '1.1.0+build.1', '2.0.0-rc.1']);
    expect(tagOfVersion('1.1.0+build.1')).toBe('1.1.0_build.1');
    expect(pickTagged('*', versionsOfTags(tags))).toEqual({ ok: true, value: '1.1.0+build.1' });
    expect(pickTagged('3.x', versionsOfTags(tags))).toMatchObject({
      problem: { message: 'could not locate a version matching provided version string 3.x' },
    });
  });
});

describe('a chart in a stored index', () => {
  const stored = convertIndex(
    Buffer.from(
      `${indexYaml({
        app: [
          versionYaml('app', '1.0.0', ['urls: [a.tgz, b.tgz]', 'digest: abc']),
          versionYaml('app', '1.1.0', ['description: "  }\\n    \\"other\\": ["']),
        ],
        'app<b>': [versionYaml('strange', '2.0.0')],
      })}annotations:\n  late: x\nserverInfo:\n  app: y\n`,
    ),
  ).body;

  test('is found without the others', () => {
    expect(findVersions(stored, 'app')).toMatchObject([
      { name: 'app', version: '1.1.0' },
      { name: 'app', version: '1.0.0', urls: ['a.tgz', 'b.tgz'], digest: 'abc' },
    ]);
    expect(findVersions(stored, 'app<b>')).toMatchObject([{ name: 'strange' }]);
    for (const name of ['other', 'late', 'ap', 'entries', 'version'])
      expect(findVersions(stored, name)).toBeUndefined();
  });

  test('is not found in an index without charts', () => {
    for (const entries of ['', 'entries: {}\n', 'entries:\n  app: []\n']) {
      const { body } = convertIndex(Buffer.from(`apiVersion: v1\n${entries}`));
      expect(findVersions(body, 'app') ?? []).toEqual([]);
    }
  });
});

describe('the address of a chart', () => {
  test.each([
    ['https://charts.example.org/a', 'app.tgz', 'https://charts.example.org/a/app.tgz'],
    ['https://charts.example.org/a/', '../b/app.tgz', 'https://charts.example.org/b/app.tgz'],
    ['https://charts.example.org/a/', '/app.tgz', 'https://charts.example.org/app.tgz'],
    ['https://charts.example.org/a?key=1', 'app.tgz', 'https://charts.example.org/a/app.tgz?key=1'],
    ['https://charts.example.org/a/', 'http://other.example/app.tgz?x=1', 'http://other.example/app.tgz?x=1'],
    ['https://charts.example.org/a?key=1', '//other.example/app.tgz', 'https://other.example/app.tgz'],
    ['https://charts.example.org/a/', 'file:///etc/passwd', undefined],
    ['https://charts.example.org/a/', 'oci://registry.example/app', undefined],
  ])('in %s that is named %s is %s', (repository, url, expected) => {
    expect(chartUrl(repository, url)).toBe(expected);
  });
});
