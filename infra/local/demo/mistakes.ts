import { REASON } from '../../../shared/api/vocabulary.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { playRelease, seeApplied, WEB, withTag } from './changes.ts';
import { OBJECT } from './names.ts';
import { eventOf, notReady, push, see, seeStored, type Workload, workloadOf } from './observe.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

/** The Deployment's own deadline is 10 s; polls come at most 8 s apart by then. */
const UNHEALTHY_WITHIN_MS = 45_000;

/** A commit that is no YAML: nothing is touched, and the condition says where it is wrong. */
export const brokenYaml: Step = {
  title: 'A commit with broken YAML',
  async play(scene) {
    const { cluster, sight, repository } = scene;
    const before = workloadOf(await cluster.get(OBJECT.web));
    const skip = sight.events().length;
    const commit = await push(scene, 'Tidy up', {
      [WEB]: (text) => text.replace('      labels:', '\tlabels:'),
    });
    const line = (repository.files.get(WEB) ?? '').split('\n').findIndex((text) => text.startsWith('\t')) + 1;
    const [source, refused, event] = await Promise.all([
      seeStored(scene, commit),
      see(scene, commit.at, {
        mark: 'failed',
        what: 'the mistake to be reported',
        question: () => notReady(scene, OBJECT.apps, REASON.buildFailed),
        tells: ({ reason, message }) => `apps is not Ready, ${reason}: ${message}`,
      }),
      see(scene, commit.at, {
        mark: 'event',
        what: 'the Warning event',
        question: () => eventOf(scene, skip, ({ type }) => type === 'Warning'),
        tells: ({ type, reason }) => `${type} ${reason}, with the same text`,
      }),
    ]);
    const { message } = refused.value;
    if (!message.includes('web.yaml') || !message.includes(`line ${line}:`))
      throw new Fault('invalid', `the message does not name web.yaml, line ${line}: ${message}`);
    const after = workloadOf(await cluster.get(OBJECT.web));
    keepsRunning(scene, before, after, before?.generation);
    const facts = {
      revision: commit.revision,
      line,
      condition: refused.value,
      event: event.value,
      before,
      after,
    };
    return { milliseconds: Math.max(refused.at, event.at) - commit.at, marks: source, facts };
  },
};

/** A release whose pods never become ready: the health check says so, the old pods go on. */
export const brokenRelease: Step = {
  title: 'A release that never becomes healthy',
  async play(scene) {
    const { cluster, sight } = scene;
    const before = workloadOf(await cluster.get(OBJECT.web));
    const skip = sight.events().length;
    const commit = await push(scene, 'Release the broken build', {
      [WEB]: (text) => withTag(text.replace('\tlabels:', '      labels:'), 'broken'),
    });
    const [source, applied, failed, event] = await Promise.all([
      seeStored(scene, commit),
      seeApplied(scene, commit.at, 'broken'),
      see(scene, commit.at, {
        mark: 'failed',
        what: 'the health check to fail (the Deployment gives itself 10 s)',
        question: () => notReady(scene, OBJECT.apps, REASON.healthCheckFailed),
        tells: ({ reason, message }) => `apps is not Ready, ${reason}: ${message}`,
        withinMs: UNHEALTHY_WITHIN_MS,
      }),
      see(scene, commit.at, {
        mark: 'event',
        what: 'the Warning event',
        question: () => eventOf(scene, skip, ({ reason }) => reason === REASON.healthCheckFailed),
        tells: ({ type, reason, message }) => `${type} ${reason}: ${message}`,
        withinMs: UNHEALTHY_WITHIN_MS,
      }),
    ]);
    const after = workloadOf(await cluster.get(OBJECT.web));
    keepsRunning(scene, before, after, after?.generation);
    const facts = { revision: commit.revision, condition: failed.value, event: event.value, before, after };
    return {
      milliseconds: Math.max(failed.at, event.at) - commit.at,
      marks: { ...source, applied: applied.at - commit.at },
      facts,
    };
  },
};

/** The commit that puts it right. */
export const fix: Step = {
  title: 'The fix',
  play: (scene) =>
    playRelease(scene, 'Go back to pause 3.10', '3.10', { [WEB]: (text) => withTag(text, '3.10') }),
};

/** Tells that what ran before is still there. Fault `invalid` when it is not. */
function keepsRunning(
  { tell }: Scene,
  before: Workload | undefined,
  after: Workload | undefined,
  generation: number | undefined,
): void {
  const kept =
    before !== undefined &&
    after?.uid === before.uid &&
    after.generation === generation &&
    after.available >= before.replicas;
  if (!kept)
    throw new Fault(
      'invalid',
      `what ran does not go on: ${JSON.stringify(before)} became ${JSON.stringify(after)}`,
    );
  const untouched =
    after.generation === before.generation ? `, generation ${after.generation} as before` : '';
  tell.note(
    `Deployment web goes on: the same uid${untouched}, ${after.available} of ${after.replicas} replicas available`,
  );
}
