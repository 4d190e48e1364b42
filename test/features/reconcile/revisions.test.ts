import { describe, expect, test } from 'vitest';
import { modernRevision } from '../../../shared/core/revisions.ts';
import { decide } from '../../../shared/reconcile/git-repository/decide.ts';
import { artifact, NOW, readyGitRepository } from '../../builders.ts';

const SHA1 = '5394cb7f48332b2de7c17dd8b8384bbc84b7e738';
const SHA256 = '5ac85ca617f3774baff4ae0a420b810b2546dbc9af9f346b1d55c5ed9873c55c';

describe('[COM-27 legacy] a revision', () => {
  test.each([
    [`main/${SHA1}`, `main@sha1:${SHA1}`],
    [`feature/branch/${SHA1}`, `feature/branch@sha1:${SHA1}`],
    [`HEAD/${SHA1}`, `sha1:${SHA1}`],
    [SHA1, `sha1:${SHA1}`],
    [SHA256, `sha256:${SHA256}`],
  ])('of the older form %s means %s', (legacy, modern) => {
    expect(modernRevision(legacy)).toBe(modern);
  });

  test.each([
    `main@sha1:${SHA1}`,
    `feature/branch@sha1:${SHA1}`,
    `sha256:${SHA256}`,
    'v1.0.0',
    `v1.0.0-rc.1@sha1:${SHA1}`,
    '',
  ])('of today, such as "%s", stays as it is', (revision) => {
    expect(modernRevision(revision)).toBe(revision);
  });

  test.each([
    [`main/${SHA1}`, 'keep'],
    [`main/${SHA1.replace('5', '6')}`, 'fetch'],
    [`other/${SHA1}`, 'fetch'],
  ])('of a stored artifact, %s, is compared as what it means: %s', (revision, what) => {
    const stored = readyGitRepository({ status: { artifact: artifact({ revision }) } });
    const remote = { revision: `main@sha1:${SHA1}`, commit: SHA1 };

    expect(decide(stored, { now: NOW, stored: 'there', remote, includes: [], trouble: undefined }).do).toBe(
      what,
    );
  });
});
