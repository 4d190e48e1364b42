import { describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { create, read, reconcile } from './drive.ts';
import {
  copyAll,
  EXTERNAL,
  externalAt,
  generator,
  generatorAt,
  generatorsIn,
  gitSource as source,
} from './generator.ts';
import { keepingQueues, newEvents, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('generator-trouble');
const { namespace } = setting;
const { starts, generated, visit, external } = generatorsIn(setting);

describe('a generator that makes nothing', () => {
  test('[AG-03 disabled] is disabled: it says so once, and rests', async () => {
    const annotations = { 'source.extensions.fluxcd.io/reconcile': 'Disabled' };
    const spec = { sources: [source('nowhere')], artifacts: [{ name: 'never', copy: copyAll }] };

    const resting = await generated('rests', spec, { annotations });

    expect(told(resting)).toBe('True ReconciliationDisabled: Initialized with reconciliation suspended');
    expect(await external('never')).toBeUndefined();
    expect(await newEvents(setting, generatorAt(setting, 'rests'))).toEqual([
      'Normal ReconciliationDisabled: Reconciliation is disabled',
    ]);
  });

  test('[AG-16 reasons] [AG-16 retry] has no source: it says which, and is back in 5 s', async () => {
    const { queues, sent } = keepingQueues();
    const spec = { sources: [source('missing')], artifacts: [{ name: 'never', copy: copyAll }] };
    await create(setting.world, generator(setting, 'waits', spec));

    const waiting = await reconcile(setting.world, generatorAt(setting, 'waits'), { ports: { queues } });

    const message = 'get sources failed: GitRepository.source.toolkit.fluxcd.io "missing" not found';
    expect(told(waiting)).toBe(`False SourceFetchFailed: ${message}`);
    expect(told(waiting, 'Reconciling')).toBe('True ProgressingWithRetry: Reconciliation in progress');
    expect(sent.map(({ queue, delaySeconds }) => [queue, delaySeconds])).toEqual([['later', 5]]);
  });

  test.each([
    ['gone', 'not-there', `artifact of GitRepository/${namespace}/gone not found`, 5],
    ['spoilt', 'spoilt', "computed digest doesn't match", 1],
  ])(
    '[AG-16 reasons] [AG-16 retry] has a source whose artifact is %s: it says so, and is back soon',
    async (name, what, why, delay) => {
      await starts(name, { [`${name}.yaml`]: '' });
      const { artifact } = (await read(setting.world, sourceAt(setting, name))).status;
      const { store } = setting.world.runtime.ports;
      const blob = `blobs/${artifact?.digest.slice('sha256:'.length)}`;
      await (what === 'spoilt' ? store.put(blob, Buffer.from(what)) : store.delete(blob));
      const { queues, sent } = keepingQueues();
      const spec = { sources: [source(name)], artifacts: [{ name: 'never', copy: copyAll }] };
      await create(setting.world, generator(setting, name, spec));

      const failed = await reconcile(setting.world, generatorAt(setting, name), { ports: { queues } });

      expect(told(failed)).toMatch(/^False SourceFetchFailed: fetch sources failed: /);
      expect(told(failed)).toContain(why);
      expect(sent.map(({ queue, delaySeconds }) => [queue, delaySeconds])).toEqual([['later', delay]]);
    },
  );

  test('[AG-16 reasons] [AG-11 no-match] cannot be built: it says which copy, and why', async () => {
    await starts('fails', { 'a.yaml': 'a: 1\n' });
    const copy = [{ from: '@src/none*', to: '@artifact/' }];

    const failed = await generated('fails', {
      sources: [source('fails')],
      artifacts: [{ name: 'bad', copy }],
    });

    expect(told(failed)).toBe(
      "False BuildFailed: bad build failed: failed to apply copy operations: failed to apply copy operation from '@src/none*' to '@artifact/': no files match pattern 'none*' in source 'src'",
    );
    expect(told(failed, 'Stalled')).toBe('none');
    expect(
      (await newEvents(setting, generatorAt(setting, 'fails'))).map((event) => event.slice(0, 30)),
    ).toEqual(['Warning BuildFailed: bad build']);
    await visit('fails');
    expect(await newEvents(setting, generatorAt(setting, 'fails'))).toEqual([]);
  });

  test('[AG-15 terminal] has folders whose names collide: it is stalled until they change', async () => {
    await starts('collides', { 'apps/API/a.yaml': '', 'apps/api/a.yaml': '' });
    const pathPattern = '@src/apps/{app}';
    const artifacts = [{ name: '{app}', copy: [{ from: '@src/apps/{app}/**', to: '@artifact/' }] }];

    const stalled = await generated('collides', { sources: [source('collides')], pathPattern, artifacts });

    const message =
      'failed to expand path pattern: pathPattern "@src/apps/{app}": directories "apps/API" and "apps/api" both resolve to artifact name "api"';
    expect(told(stalled)).toBe(`False BuildFailed: ${message}`);
    expect(told(stalled, 'Stalled')).toBe(`True BuildFailed: ${message}`);
  });

  test('[AG-17 timeout] [COM-30 generator-timeout] takes too long: it fails, and goes on at the next try', async () => {
    await starts('slow', { 'a.yaml': 'a: 1\n' });
    const spec = { sources: [source('slow')], artifacts: [{ name: 'slow', copy: copyAll }] };
    await create(setting.world, generator(setting, 'slow', spec));
    const timeout = (ms: number) => (ms === 90_000 ? AbortSignal.abort() : systemClock.timeout(ms));

    const late = await reconcile(setting.world, generatorAt(setting, 'slow'), {
      ports: { clock: { ...systemClock, timeout } },
    });

    expect(told(late)).toBe(
      'False BuildFailed: slow build failed: the generator takes more than 90 s, and goes on from here: split it',
    );
    expect(told(await visit('slow'))).toContain('True Succeeded');
  });

  test('[AG-17 timeout] waits for sources of others no longer than its own time', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const artifact = { path: 'x', url: 'http://127.0.0.1:1/x', revision: 'v1', digest };
    const status = { artifact: { ...artifact, lastUpdateTime: '2026-03-01T12:00:00Z' } };
    await create(setting.world, { ...EXTERNAL, metadata: { namespace, name: 'idle' }, spec: {} } as never);
    const options = { fieldManager: 'maker', subresource: 'status' };
    await setting.world.cluster.patch(externalAt(setting, 'idle'), { merge: { status } }, options);
    const sources = [{ alias: 'src', kind: EXTERNAL.kind, name: 'idle' }];
    const spec = { sources, artifacts: [{ name: 'idle-copy', copy: copyAll }] };
    await create(setting.world, generator(setting, 'idle', spec));
    const timeout = (ms: number) => (ms === 90_000 ? AbortSignal.abort() : systemClock.timeout(ms));

    const late = await reconcile(setting.world, generatorAt(setting, 'idle'), {
      ports: { clock: { ...systemClock, timeout } },
    });

    expect(told(late)).toContain('False SourceFetchFailed: fetch sources failed: ');
    expect(told(late)).toContain('did not answer in time');
  });
});
