import { describe, expect, test } from 'vitest';
import { chooseRef, prefixesFor, type Resolved } from '../../../shared/artifact/git-ref.ts';
import type { GitRef } from '../../../shared/ports.ts';
import { faultNow } from '../semver/fault-now.ts';

const id = (character: string): string => character.repeat(40);
const REFS: readonly GitRef[] = [
  { name: 'refs/heads/main', id: id('a') },
  { name: 'refs/heads/master', id: id('b') },
  { name: 'refs/heads/feature/x', id: id('c') },
  { name: 'refs/pull/420/head', id: id('d') },
  { name: 'refs/tags/light', id: id('e') },
  { name: 'refs/tags/v1.0.0', id: id('1'), peeled: id('2') },
  { name: 'refs/tags/v1.1.0', id: id('3') },
  { name: 'refs/tags/v2.0.0-rc.1', id: id('4') },
  { name: 'refs/tags/1.2', id: id('5') },
];

describe('references', () => {
  test('[GR-03 precedence] commit goes before name, tag, semver and branch', () => {
    const all = { commit: id('f'), name: 'refs/pull/420/head', tag: 'light', semver: '*', branch: 'main' };
    const { commit: _, ...byName } = all;
    const { name: __, ...byTag } = byName;
    const { tag: ___, ...bySemver } = byTag;

    expect([all, byName, byTag, bySemver].map((ref) => resolve(ref).commit)).toEqual(
      ['f', 'd', 'e', '3'].map(id),
    );
    expect([all, byName, byTag, bySemver].map(prefixesFor)).toEqual([
      ['refs/heads/main'],
      ['refs/pull/420/head'],
      ['refs/tags/light'],
      ['refs/tags/'],
    ]);
  });

  test('[GR-03 default-branch] without a ref the branch is master', () => {
    expect([resolve(undefined).revision, resolve({}).revision]).toEqual(
      Array(2).fill(`master@sha1:${id('b')}`),
    );
    expect(prefixesFor(undefined)).toEqual(['refs/heads/master']);
  });

  test('[GR-04 branch] [COM-27 canonical] a branch', () => {
    expect(resolve({ branch: 'feature/x' }).revision).toBe(`feature/x@sha1:${id('c')}`);
  });

  test('[GR-04 tag] a lightweight tag', () => {
    expect(resolve({ tag: 'light' }).revision).toBe(`light@sha1:${id('e')}`);
  });

  test('[GR-04 peeled] an annotated tag resolves to its commit and is fetched by its own id', () => {
    expect(resolve({ tag: 'v1.0.0' })).toEqual({
      revision: `v1.0.0@sha1:${id('2')}`,
      commit: id('2'),
      want: id('1'),
      pinned: false,
      tag: 'v1.0.0',
    });
  });

  test('[GR-04 semver] [GR-06 highest] the highest tag in range, with its v', () => {
    expect(resolve({ semver: '>=1.0.0' }).revision).toBe(`v1.1.0@sha1:${id('3')}`);
    expect(resolve({ semver: '1.0.x' }).revision).toBe(`v1.0.0@sha1:${id('2')}`);
    expect(resolve({ semver: '>=1.0.0-0' }).revision).toBe(`v2.0.0-rc.1@sha1:${id('4')}`);
  });

  test('[GR-04 name] a name stays whole, of a tag too', () => {
    expect(resolve({ name: 'refs/pull/420/head' }).revision).toBe(`refs/pull/420/head@sha1:${id('d')}`);
    expect(resolve({ name: 'refs/heads/main' }).revision).toBe(`refs/heads/main@sha1:${id('a')}`);
    expect(resolve({ name: 'refs/tags/v1.0.0' }).revision).toBe(`refs/tags/v1.0.0@sha1:${id('2')}`);
    expect(resolve({ name: 'refs/tags/v1.0.0^{}' }).revision).toBe(`refs/tags/v1.0.0^{}@sha1:${id('2')}`);
    expect(prefixesFor({ name: 'refs/tags/v1.0.0^{}' })).toEqual(['refs/tags/v1.0.0']);
  });

  test('[GR-04 commit] [COM-27 canonical] a commit alone has no human part and needs no look', () => {
    expect(resolve({ commit: id('f') }).revision).toBe(`sha1:${id('f')}`);
    expect(prefixesFor({ commit: id('f') })).toEqual([]);
  });

  test('[GR-04 commit-on-branch] a commit on a branch, and under a name', () => {
    expect(resolve({ commit: id('f'), branch: 'main' })).toMatchObject({
      revision: `main@sha1:${id('f')}`,
      branchTip: id('a'),
    });
    expect(resolve({ commit: id('f'), name: 'refs/pull/1/head' }).revision).toBe(
      `refs/pull/1/head@sha1:${id('f')}`,
    );
  });

  test.each([
    [{ branch: 'mai' }, 'couldn\'t find remote ref "refs/heads/mai"'],
    [{ tag: 'v1' }, 'couldn\'t find remote ref "refs/tags/v1"'],
    [{ name: 'refs/pull/1/head' }, "unable to resolve ref 'refs/pull/1/head' to a specific commit"],
    [{ name: 'refs/tags/light^{}' }, "unable to resolve ref 'refs/tags/light^{}' to a specific commit"],
    [{ commit: id('f'), branch: 'none' }, 'couldn\'t find remote ref "refs/heads/none"'],
  ])('[GR-05 no-such-branch] %j', (ref, message) => {
    expect(faultNow(() => chooseRef(ref, REFS), 'not-found').message).toBe(message);
  });

  test('[GR-06 no-match] no tag in range', () => {
    const fault = faultNow(() => chooseRef({ semver: '>=9' }, REFS), 'not-found');

    expect(fault.message).toBe('no match found for semver: >=9');
  });

  test('[GR-06 bad-range] a broken range is told before anything is asked', () => {
    const fault = faultNow(() => prefixesFor({ semver: 'not a range' }), 'invalid');

    expect(fault.message).toBe('semver parse error: improper constraint: "not a range"');
  });

  test.each(['abc', id('a').slice(1), id('a').toUpperCase(), 'a'.repeat(64)])(
    'commit %s is no full id',
    (commit) => {
      const fault = faultNow(() => chooseRef({ commit }, REFS), 'invalid');

      expect(fault.message).toBe(`unable to resolve commit object for '${commit}': object not found`);
    },
  );

  test.each(['/refs/heads/main', 'refs/heads/main/'])('name %s is none', (name) => {
    const fault = faultNow(() => prefixesFor({ name }), 'invalid');

    expect(fault.message).toBe(`ref ${name} is invalid; Git refs cannot begin or end with a slash '/'`);
  });
});

function resolve(ref: Parameters<typeof chooseRef>[0]): Resolved {
  const choice = chooseRef(ref, REFS);
  return 'resolved' in choice ? choice.resolved : expect.fail('tied');
}
