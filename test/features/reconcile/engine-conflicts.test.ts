import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { kustomization, readyKustomization } from '../../builders.ts';
import { type Behaviour, run, STORY, target } from './engine-world.ts';
import { createWorld } from './world.ts';

describe('the engine, when an object changes under it', () => {
  test("writes what the run came to on what somebody else's write left, without doing the work again", async () => {
    let other: (() => void) | undefined;
    const act: NonNullable<Behaviour['act']> = async () => {
      other?.();
      other = undefined;
      return 'report';
    };
    const world = createWorld({ objects: [kustomization()] });
    other = () => {
      const now = world.read(target) as Kustomization;
      const metadata = { ...now.metadata, resourceVersion: '99', labels: { team: 'web' } };
      world.put({ ...now, metadata });
    };
    const { steps, object } = await run({}, { behaviour: { act }, world });

    expect(steps.filter((step) => step === 'conclude')).toHaveLength(2);
    expect(steps.filter((step) => step === 'observe')).toHaveLength(1);
    expect(object().metadata.labels).toEqual({ team: 'web' });
    expect(object().status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
  });

  test('tells what it did before it decides again for another spec', async () => {
    let other: (() => void) | undefined;
    const act: NonNullable<Behaviour['act']> = async () => {
      other?.();
      other = undefined;
      return 'report';
    };
    const conclude: NonNullable<Behaviour['conclude']> = ({ metadata, status = {} }) => ({
      status: { ...status, observedGeneration: metadata.generation ?? 0 },
      events: [{ type: 'Normal', reason: 'Progressing', message: `done at ${metadata.generation}` }],
      next: { after: 'nothing' },
    });
    const world = createWorld({ objects: [kustomization()] });
    other = () => {
      const now = world.read(target) as Kustomization;
      world.put({ ...now, metadata: { ...now.metadata, resourceVersion: '99', generation: 7 } });
    };
    const { steps, events } = await run({}, { behaviour: { act, conclude }, world });

    expect(steps.filter((step) => step === 'observe')).toHaveLength(2);
    expect(events()).toEqual(['Normal Progressing: done at 1', 'Normal Progressing: done at 7']);
  });

  test('has nothing to do for a watch that saw what is handled already, unless the message comes again', async () => {
    const { steps, once } = await run({ objects: [readyKustomization()] }, { message: { reason: 'watch' } });
    expect(steps).toEqual([]);

    await once({ reason: 'sweep' });
    expect(steps).toEqual(STORY);
  });
});
