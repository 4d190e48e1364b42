import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../../shared/core/dead-letters.ts';
import { groupOfObject } from '../../../shared/core/message-ids.ts';
import { revive } from '../../../shared/reconcile/revive.ts';
import { clusterRecord, workMessage } from '../../builders.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const letter = (body: unknown, more: Partial<DeadLetter> = {}): DeadLetter => ({
  id: 'letter-1',
  diedAt: NOW,
  reason: 'a bug',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  cut: false,
  ...more,
});
const revived = (dead: DeadLetter, records = [clusterRecord()]) => revive(dead, records, NOW);

describe('a dead letter', () => {
  test("with work goes to its kind's queue and its object's group, as a new chain", () => {
    const work = workMessage({ hops: 50, since: '2026-01-01T00:00:00Z' });

    const found = revived(letter(work));

    expect(found).toMatchObject({
      queue: 'apply',
      message: { group: groupOfObject(work, 16), dedupId: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect('message' in found && JSON.parse(found.message.body)).toEqual({
      ...work,
      ...{ hops: 0, since: NOW.toISOString(), interrupted: true, revived: 'letter-1' },
    });
  });

  test('that waited goes to its worker at once', () => {
    const waiting = { to: 'source', dedupId: 'x', message: workMessage({ kind: 'GitRepository' }) };

    expect(revived(letter(waiting, { queue: 'later' }))).toMatchObject({ queue: 'source' });
  });

  test('has an id of its own, so that its like is not dropped with it', () => {
    const ids = ['one', 'two'].map((id) => {
      const found = revived(letter(workMessage(), { id }));
      return 'message' in found && found.message.dedupId;
    });

    expect(new Set(ids).size).toBe(2);
  });

  test.each([
    ['arrivals', undefined, { body: 'a delivery' }],
    ['sweep', 'shard-0', { body: 'a delivery', group: 'shard-0', dedupId: expect.any(String) }],
  ] as const)('with something else goes back to %s as it was', (queue, group, message) => {
    const found = revived(letter('a delivery', { queue, ...(group && { group }) }));

    expect(found).toEqual({ queue, message });
  });

  test.each([
    ['garbage from nowhere', letter('garbage'), 'nobody noted where it came from'],
    ['a body that was cut', letter(workMessage(), { cut: true }), 'too long to be kept whole'],
    [
      'a cluster that is gone',
      letter(workMessage({ cluster: 'c9' })),
      'no cluster c9 is registered any more',
    ],
    [
      'what was for a queue that nobody reads',
      letter('an event', { queue: 'events' }),
      'nobody reads queue events',
    ],
    ['an unknown kind', letter(workMessage({ kind: 'Deployment' })), 'knows no kind Deployment'],
  ])('%s is not put back', (_what, dead, why) => {
    expect(revived(dead)).toEqual({ refused: expect.stringContaining(why) });
  });
});
