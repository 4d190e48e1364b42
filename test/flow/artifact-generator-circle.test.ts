import { expect, test } from 'vitest';
import type { ForwardMessage, WorkMessage } from '../../shared/core/messages.ts';
import { due } from '../../shared/reconcile/due.ts';
import { work } from '../../shared/reconcile/work.ts';
import { edit, type Reconciled, read } from './drive.ts';
import { externalAt, generatorAt, generatorsIn, gitSource } from './generator.ts';
import { keepingQueues, newEvents, publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('generator-circle');
const { starts, generated } = generatorsIn(setting);
const { namespace } = setting;

const madeSource = (name: string) => ({ alias: name, kind: 'ExternalArtifact', name });

/** Hands the worker a message about an object, and then all that its runs send about generators, until nothing is sent. */
async function settle(kind: string, name: string): Promise<readonly string[]> {
  const { clusterId, runtime } = setting.world;
  const { queues, sent } = keepingQueues();
  const first = { cluster: clusterId, kind, namespace, name, reason: 'delivery', hops: 0 };
  const runs: string[] = [];
  let bodies: readonly object[] = [{ ...first, since: new Date().toISOString(), trace: crypto.randomUUID() }];
  while (bodies.length > 0) {
    for (const body of bodies as readonly WorkMessage[]) {
      runs.push(`${body.kind}/${body.name}`);
      const batch = [{ id: '1', body: JSON.stringify(body), receiveCount: 1 }];
      await work(batch, { ...runtime.ports, queues }, AbortSignal.timeout(60_000));
    }
    bodies = sent.splice(0).flatMap(({ body }) => {
      const parsed = JSON.parse(body) as WorkMessage | ForwardMessage;
      const message = 'message' in parsed ? parsed.message : parsed;
      return message.kind === 'ArtifactGenerator' ? [message] : [];
    });
  }
  return runs;
}

const stateOf = async (name: string): Promise<Reconciled> => read(setting.world, generatorAt(setting, name));

test('generators that are made of each other and differ each time end, say so by name, and are left to the hour', {
  timeout: 120_000,
}, async () => {
  await starts('origin', { 'a.yaml': 'a: 1\n' });
  const alone = {
    sources: [gitSource('origin')],
    artifacts: [{ name: 'one', copy: [{ from: '@src/**', to: '@artifact/' }] }],
  };
  await generated('one', alone);
  // Each puts what the other made one folder deeper.
  const deeper = (other: string, name: string) => ({
    sources: [gitSource('origin'), madeSource(other)],
    artifacts: [
      {
        name,
        copy: [
          { from: '@src/**', to: '@artifact/' },
          { from: `@${other}/**`, to: `@artifact/in-${other}/` },
        ],
      },
    ],
  });
  await generated('two', deeper('one', 'two'));
  await generated('bystander', { ...deeper('one', 'bystander') });
  await edit(setting.world, generatorAt(setting, 'one'), { spec: deeper('two', 'one') });

  const runs = await settle('ArtifactGenerator', 'one');

  expect(runs.length).toBeLessThan(160);
  const [one, two, bystander] = [await stateOf('one'), await stateOf('two'), await stateOf('bystander')];
  expect(told(one, 'Circular')).toContain(
    `True MadeOfItself: it is made of its own artifacts (${namespace}/one <- ${namespace}/two <- ${namespace}/one), `,
  );
  expect(told(two, 'Circular')).toContain(`(${namespace}/two <- ${namespace}/one <- ${namespace}/two)`);
  expect(told(bystander, 'Circular')).toBe('none');
  expect(told(one)).toMatch(/^True Succeeded/);
  const warned = (await newEvents(setting, generatorAt(setting, 'one'))).filter((line) =>
    /MadeOfItself/.test(line),
  );
  expect(warned).toHaveLength(1);

  // The sweep leaves them alone, though what they are made of has just changed.
  const now = Date.now();
  const window = { from: now - 60_000, to: now };
  const parts = [await read(setting.world, externalAt(setting, 'two'))] as never;
  expect(due(one as never, { parts }, { interval: 1e12 }, window)).toBeUndefined();
  expect(due(bystander as never, { parts }, { interval: 1e12 }, window)).toBe('source');

  // Who is taken out of it, and what is made of him, settle.
  await publish(setting, 'origin', { 'a.yaml': 'a: 2\n' });
  await edit(setting.world, generatorAt(setting, 'one'), { spec: alone });
  await settle(sourceAt(setting, 'origin').kind, 'origin');
  for (const name of ['one', 'two', 'bystander']) {
    expect(told(await stateOf(name)), name).toMatch(/^True Succeeded/);
    expect(told(await stateOf(name), 'Circular'), name).toBe('none');
  }
});

test('generators that are made of each other and settle are no news', { timeout: 60_000 }, async () => {
  await starts('calm', { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
  const of = (file: string, other?: string) => ({
    sources: [gitSource('calm'), ...(other ? [madeSource(other)] : [])],
    artifacts: [
      {
        name: `calm-${file}`,
        copy: [
          { from: `@src/${file}.yaml`, to: '@artifact/' },
          ...(other ? [{ from: `@${other}/${other.at(-1)}.yaml`, to: '@artifact/' }] : []),
        ],
      },
    ],
  });
  await generated('calm-a', of('a'));
  await generated('calm-b', of('b', 'calm-a'));
  await edit(setting.world, generatorAt(setting, 'calm-a'), { spec: of('a', 'calm-b') });

  const runs = await settle('ArtifactGenerator', 'calm-a');

  expect(runs.length).toBeLessThan(10);
  expect(told(await stateOf('calm-a'))).toMatch(/^True Succeeded/);
  for (const name of ['calm-a', 'calm-b']) {
    expect(told(await stateOf(name), 'Circular')).toBe('none');
    const events = await newEvents(setting, generatorAt(setting, name));
    expect(events.filter((line) => line.startsWith('Warning'))).toEqual([]);
  }
});
