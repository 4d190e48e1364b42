import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { ApplyContext } from '../../../shared/apply/context.ts';
import { awaitReady } from '../../../shared/apply/readiness.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Cluster } from '../../../shared/ports.ts';

const definition = (name: string, ...conditions: object[]): KubernetesObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
  status: { conditions },
});
const ESTABLISHED = { type: 'Established', status: 'True' };

/** A cluster whose objects are as `answers` says, read after read; the last answer stays. */
function world(...answers: (KubernetesObject | undefined)[]) {
  const clock = createManualClock();
  let reads = 0;
  const get = async () => answers[Math.min(reads++, answers.length - 1)];
  const cluster = { get } as Partial<Cluster> as Cluster;
  const context: ApplyContext = {
    cluster,
    clock,
    owner: { name: 'apps', namespace: 'flux-system' },
    fieldManager: 'kustomize-controller',
    taken: [],
    key: new Uint8Array(),
    state: { uid: '', version: '', definitions: undefined },
    concurrency: 1,
    signal: new AbortController().signal,
  };
  return { context, clock, reads: () => reads };
}

test('[KS-63 definitions-awaited] what the last answer shows ready is not asked about', async () => {
  const { context, reads } = world(undefined);

  expect(await awaitReady(context, [definition('a', ESTABLISHED)])).toBeUndefined();
  expect(reads()).toBe(0);
});

test('[KS-63 definitions-awaited] a definition is asked about until it is established', async () => {
  const { context, clock, reads } = world(definition('a'), definition('a'), definition('a', ESTABLISHED));

  const waiting = awaitReady(context, [definition('a')]);
  await clock.advance(1_000);

  expect(await waiting).toBeUndefined();
  expect(reads()).toBe(3);
});

test('[KS-63 awaited-sixty-seconds] after a minute the late ones are told with their states', async () => {
  const { context, clock } = world(undefined);
  let ended = false;

  const waiting = awaitReady(context, [definition('a'), definition('b', ESTABLISHED)]).finally(() => {
    ended = true;
  });
  await clock.advance(59_000);
  expect(ended).toBe(false);
  await clock.advance(3_000);

  expect(await waiting).toMatchObject({
    message: "timeout waiting for: [CustomResourceDefinition/a status: 'NotFound']",
    unready: [{ name: 'a' }],
  });
});

test('[KS-63 failed-definition] when all that is left has failed, nobody waits', async () => {
  const { context, reads } = world(undefined);
  const failed = definition('a', { type: 'NamesAccepted', status: 'False' });

  expect(await awaitReady(context, [failed])).toMatchObject({
    message: "failed early due to stalled resources: [CustomResourceDefinition/a status: 'Failed']",
  });
  expect(reads()).toBe(0);
});
