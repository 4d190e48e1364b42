import { expect, test } from 'vitest';
import { isCreateOnly, isExcluded, isForced, isKept, isMerged } from '../../../shared/apply/switches.ts';

const GROUP = 'kustomize.toolkit.fluxcd.io';
const annotated = (name: string, value: string) => ({
  metadata: { annotations: { [`${GROUP}/${name}`]: value } },
});
const labelled = (name: string, value: string) => ({ metadata: { labels: { [`${GROUP}/${name}`]: value } } });

test.each([
  ['reconcile', 'disabled', isExcluded],
  ['ssa', 'Ignore', isExcluded],
  ['ssa', 'IfNotPresent', isCreateOnly],
  ['ssa', 'Merge', isMerged],
  ['force', 'enabled', isForced],
  ['prune', 'disabled', isKept],
  ['reconcile', 'disabled', isKept],
  ['ssa', 'Ignore', isKept],
] as const)('[KS-67 any-case] [KS-67 label-or-annotation] %s: %s', (name, value, is) => {
  expect(is(annotated(name, value))).toBe(true);
  expect(is(labelled(name, value.toUpperCase()))).toBe(true);
  expect(is(annotated(name, value.toLowerCase()))).toBe(true);
  expect(is(annotated(name, `${value}x`))).toBe(false);
  expect(is(annotated(name, ''))).toBe(false);
  expect(is({ metadata: {} })).toBe(false);
});

test('[KS-67 label-or-annotation] one of the two is enough, whatever the other says', () => {
  const object = {
    metadata: {
      labels: { [`${GROUP}/reconcile`]: 'enabled' },
      annotations: { [`${GROUP}/reconcile`]: 'disabled' },
    },
  };

  expect(isExcluded(object)).toBe(true);
});
