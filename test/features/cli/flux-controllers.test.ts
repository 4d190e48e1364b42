import { expect, test } from 'vitest';
import { leavesShard } from '../../../infra/cli/flux-controllers.ts';

const KEY = 'sharding.fluxcd.io/key';

test.each([
  [`!${KEY}`, true],
  [`app=x, !${KEY}`, true],
  [`${KEY}=other`, true],
  [`${KEY}==other`, true],
  [`${KEY}!=ours`, true],
  [`${KEY} notin (other, ours)`, true],
  [`${KEY} notin (other)`, false],
  [`${KEY}=ours`, false],
  [`${KEY}!=other`, false],
  ['app!=x', false],
  ['', false],
])('a controller that watches "%s" leaves shard "ours" alone: %s', (selector, leaves) => {
  expect(leavesShard({ selector }, 'ours')).toBe(leaves);
});

test('a controller without a selector leaves nothing alone', () => {
  expect(leavesShard({}, 'ours')).toBe(false);
});
