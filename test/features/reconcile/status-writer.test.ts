import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { CommonStatus, Reconciled, Scope } from '../../../shared/reconcile/reconciler.ts';
import { statusWriter } from '../../../shared/reconcile/status-writer.ts';
import { kustomization } from '../../builders.ts';

interface Status extends CommonStatus {
  readonly stage?: string;
}

/** A writer of an object that was read just now, and what is written of its stages. */
function open({ refuse = false }: { refuse?: boolean } = {}) {
  const clock = createManualClock();
  const object = kustomization() as unknown as Reconciled<unknown, Status>;
  const written: (string | undefined)[] = [];
  const patch = async (_reference: unknown, { merge }: { merge: { status: Status } }) => {
    if (refuse) throw new Fault('conflict', 'the object has been modified');
    written.push(merge.status.stage);
    return { ...object, status: merge.status };
  };
  const scope = { ports: { clock }, cluster: { patch } } as unknown as Scope;
  const reference = { apiVersion: 'v1', kind: 'Any', name: 'one' };
  const writer = statusWriter({ manager: { status: 'tests' } }, reference, object, scope);
  const show = (stage: string, options?: { checkpoint?: boolean; brief?: boolean }) =>
    writer.progress((status) => ({ ...status, stage }), options);
  return { clock, writer, written, show };
}

test('what a run is doing is shown at once, and then once a second', async () => {
  const { clock, show, written } = open();

  await show('fetching');
  await show('unpacking');
  await show('building');
  await clock.advance(999);
  expect(written).toEqual(['fetching']);
  await clock.advance(1);
  expect(written).toEqual(['fetching', 'building']);

  await show('applying');
  await clock.advance(1000);
  expect(written).toEqual(['fetching', 'building', 'applying']);
});

test('what is brief, and a checkpoint of what was read just now, are told by the end of a short run', async () => {
  const { clock, show, writer, written } = open();

  await show('building', { brief: true });
  await show('applying', { checkpoint: true });
  expect(writer.current().status?.stage).toBe('applying');
  await writer.write({ stage: 'done' });
  await clock.advance(5000);

  expect(written).toEqual(['done']);
  expect(clock.sleepers()).toBe(0);
});

test('a run that takes longer than two seconds shows them then', async () => {
  const { clock, show, writer, written } = open();

  await show('building', { brief: true });
  await show('applying', { checkpoint: true });
  await clock.advance(2000);
  expect(written).toEqual(['applying']);

  await writer.write({ stage: 'done' });
  expect(written).toEqual(['applying', 'done']);
});

test('a checkpoint later than that is written, and finds who else has written', async () => {
  const { clock, show, writer, written } = open();
  await clock.advance(1999);
  await show('building', { checkpoint: true });
  await writer.close();
  expect(written).toEqual([]);
  await clock.advance(1);
  await show('applying', { checkpoint: true });
  expect(written).toEqual(['applying']);

  const other = open({ refuse: true });
  await other.clock.advance(2000);
  await expect(other.show('applying', { checkpoint: true })).rejects.toThrow('has been modified');
});

test('who else has written meanwhile is found by the next write, not by what is shown late', async () => {
  const { clock, show, writer } = open({ refuse: true });

  await show('applying', { checkpoint: true });
  await clock.advance(2000);

  await expect(writer.write({ stage: 'done' })).rejects.toThrow('has been modified');
});

test('nothing is shown after the end', async () => {
  const { clock, show, writer, written } = open();

  await show('building', { brief: true });
  await writer.close();
  await clock.advance(5000);

  expect(written).toEqual([]);
});
