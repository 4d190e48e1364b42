import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../shared/health/status-of.ts';
import table from './kstatus.json' with { type: 'json' };
import { sampleObjects } from './kstatus-objects.ts';
import { NOW } from './samples.ts';

/** What Flux's own packages say of each of the sample objects: a status and its message, none for Unknown. */
const answers = table.answers as unknown as readonly (readonly [status: string, message: string])[];
const objects = sampleObjects();
const rows = objects.map((object, index) => ({ object, answer: answers[index] }));

/** The rows of the parity list that a kind's samples are about. */
const ABOUT: Readonly<Record<string, string>> = {
  Deployment: '[KS-89 kstatus]',
  StatefulSet: '[KS-90 kstatus]',
  DaemonSet: '[KS-91 kstatus]',
  ReplicaSet: '[KS-91 kstatus]',
  Job: '[KS-93 kstatus]',
  Pod: '[KS-94 kstatus]',
  PersistentVolumeClaim: '[KS-94 kstatus]',
  Service: '[KS-94 kstatus]',
  CustomResourceDefinition: '[KS-94 kstatus]',
  Widget: '[KS-88 kstatus]',
};
const kinds = [...new Set(objects.map(({ kind }) => kind))];

describe('Flux’s own judgement and this one agree', () => {
  test.each(kinds.map((kind) => [ABOUT[kind] ?? '[KS-95 kstatus]', kind]))('%s on a %s', (_row, kind) => {
    for (const { object, answer } of rows.filter((row) => row.object.kind === kind)) {
      const { status, message } = statusOf(object, NOW);

      expect([status, status === 'Unknown' ? '' : message, object]).toEqual([...(answer ?? []), object]);
    }
  });

  test('in every state that there is', () => {
    const seen = Map.groupBy(answers, ([status]) => status);

    expect(answers).toHaveLength(objects.length);
    for (const status of ['Current', 'InProgress', 'Failed', 'Terminating', 'Unknown']) {
      expect(seen.get(status)?.length ?? 0).toBeGreaterThan(15);
    }
  });
});
