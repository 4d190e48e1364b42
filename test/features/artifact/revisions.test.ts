import { describe, expect, test } from 'vitest';
import { canonicalRevision, formatRevision, parseRevision } from '../../../shared/core/revisions.ts';

const HEX = '5394cb7f48332b2de7c17dd8b8384bbc84b7e738';

describe('revisions', () => {
  test.each([
    [`main@sha1:${HEX}`, 'main', 'sha1'],
    [`feature/branch@sha1:${HEX}`, 'feature/branch', 'sha1'],
    [`refs/pull/420/head@sha1:${HEX}`, 'refs/pull/420/head', 'sha1'],
    [`user@home@sha1:${HEX}`, 'user@home', 'sha1'],
    [`sha1:${HEX}`, '', 'sha1'],
    [`latest@sha256:${HEX}`, 'latest', 'sha256'],
  ])('[COM-27 canonical] %s', (text, human, algorithm) => {
    expect(parseRevision(text)).toEqual({ human, algorithm, hex: HEX });
    expect(formatRevision({ human, algorithm, hex: HEX })).toBe(text);
    expect(canonicalRevision(text)).toBe(text);
  });

  test.each([
    [`main/${HEX}`, `main@sha1:${HEX}`],
    [`feature/branch/${HEX}`, `feature/branch@sha1:${HEX}`],
    [`HEAD/${HEX}`, `sha1:${HEX}`],
    [HEX, `sha1:${HEX}`],
    ['', ''],
  ])('[COM-27 legacy] %j means %j', (legacy, canonical) => {
    expect(canonicalRevision(legacy)).toBe(canonical);
  });
});
