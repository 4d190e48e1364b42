import { describe, expect, test } from 'vitest';
import { isWithin, repositoryAddress } from '../../../shared/receive/repository-address.ts';
import { processorTime } from '../../processor-time.ts';

describe('the address of a repository', () => {
  test.each([
    'https://github.com/org/app',
    'https://github.com/org/app.git',
    'https://github.com/org/app/',
    'https://github.com/org/app.git/',
    'https://GitHub.com/Org/App.git',
    'https://github.com:443/org/app.git',
    'http://user:password@github.com/org/app',
    'git://github.com/org/app.git',
    'git@github.com:org/app.git',
    'github.com:org/app',
    'ssh://git@github.com/org/app.git',
    'ssh://git@github.com:22/org/app',
    'git+ssh://git@github.com/org/app',
    'https://github.com//org//app?ref=main#readme',
    '  https://github.com/org/app  ',
    'https://github.com/org/%61pp',
    'github.com/org/app:1.2.3',
    'github.com/org/app@sha256:0123abcd',
    'oci://github.com/org/app:latest@sha256:0123abcd',
  ])('of %s is one', (url) => {
    expect(repositoryAddress(url)).toBe('github.com/org/app');
  });

  test.each([
    ['registry.example.com:5000/team/app:v1', 'registry.example.com/team/app'],
    ['localhost:5000/app', 'localhost/app'],
    ['git@host:5000/app.git', 'host/5000/app'],
    ['https://gitlab.example.com/group/sub/deep/app.git', 'gitlab.example.com/group/sub/deep/app'],
    ['https://host/app', 'host/app'],
    ['https://[2001:db8::1]:8443/org/app.git', '[2001:db8::1]/org/app'],
    ['git@[2001:db8::1]:org/app.git', '[2001:db8::1]/org/app'],
    ['https://host/org/app.github.io', 'host/org/app.github.io'],
    ['https://host/org/.git-mirror', 'host/org/.git-mirror'],
    ['https://host/org/app:branch', 'host/org/app:branch'],
    ['https://host/~user/app', 'host/~user/app'],
  ])('of %s is %s', (url, address) => {
    expect(repositoryAddress(url)).toBe(address);
  });

  test.each([
    '',
    '/',
    'app',
    'https://',
    'https://host',
    'https://host/',
    'https:///org/app',
    'https://host/.git',
    'https://host/org/../app',
    'https://host/org/%2e%2e',
    'file:///srv/git/app',
    'https://ho st/org/app',
    `https://host/${'a'.repeat(3000)}`,
  ])('is none for %j', (url) => {
    expect(repositoryAddress(url)).toBeUndefined();
  });

  test('is found in time that the length of the text bounds', async () => {
    const hostile = [
      '@'.repeat(2000),
      ':'.repeat(2000),
      'a:'.repeat(1000),
      `a/${':a'.repeat(1000)}`,
      '%41'.repeat(600),
    ];
    const cost = await processorTime(() => {
      for (const text of hostile) for (let round = 0; round < 100; round++) repositoryAddress(text);
    });

    expect(cost).toBeLessThan(2000);
  });
});

test('lies in an organisation by whole names, with the host or without it', () => {
  const address = 'gitlab.com/group/sub/app';

  for (const org of ['group', 'Group', 'group/sub', 'group/', 'gitlab.com/group', 'gitlab.com'])
    expect([org, isWithin(address, org)]).toEqual([org, true]);
  for (const org of ['', '/', 'sub', 'gro', 'group/su', 'gitlab.com/other', 'gitlab', 'group/sub/app/more'])
    expect([org, isWithin(address, org)]).toEqual([org, false]);
});
