import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteQueues } from '../../../shared/adapters/local/sqlite-queues.ts';
import { systemChance } from '../../../shared/adapters/local/system.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { sweep } from '../../../shared/reconcile/sweep.ts';
import { bury, work } from '../../../shared/reconcile/work.ts';
import { clusterRecord, delivery, workMessage } from '../../builders.ts';
import { openStoredState } from '../../control-plane/cli-state.ts';
import { bodiesOf, createWorld } from '../reconcile/world.ts';
import { openSession } from './recorded-world.ts';

const signal = new AbortController().signal;
const BUCKET: KubernetesObject = {
  apiVersion: 'image.toolkit.fluxcd.io/v1',
  kind: 'ImageUpdateAutomation',
  metadata: { name: 'bad', namespace: 'apps', uid: 'u1', resourceVersion: '1', generation: 1 },
  spec: { interval: '10m' },
};
const TOKEN = `ghp_${'a1'.repeat(18)}`;

/** A state directory whose queues are those of a world with one cluster, registered as `prod`. */
async function opened() {
  const world = createWorld({ objects: [BUCKET] });
  const session = openSession({ clock: world.clock });
  mkdirSync(join(session.cwd, '.sluice'));
  const state = await openStoredState(session);
  const record = clusterRecord({ name: 'prod' });
  await state.store.put(`clusters/${record.id}.json`, Buffer.from(JSON.stringify(record)));
  const path = join(state.directory, 'queues.db');
  const queues = openSqliteQueues({ path, clock: world.clock, chance: systemChance });
  onTestFinished(() => queues.close());
  return { ...session, ...world, queues, ports: { ...world.ports, queues } };
}

describe('a message that fails whenever it is tried', () => {
  /** A worker whose cluster has a bug until it is mended. */
  async function withBug() {
    const setting = await opened();
    const bug = { is: true };
    const cluster = {
      ...setting.cluster,
      until: () => cluster,
      patch: async (...[reference, patch, options]: Parameters<typeof setting.cluster.patch>) => {
        if (bug.is) throw new TypeError(`a bug with token=${TOKEN}`);
        return setting.cluster.patch(reference, patch, options);
      },
    };
    const open = async () => ({ record: clusterRecord(), cluster });
    const ports = { ...setting.ports, clusters: { ...setting.ports.clusters, open } };
    const runOnce = async () => {
      const batch = await setting.queues.receive('source', 10, 60_000);
      const settled = await work(batch, ports, signal);
      expect(settled.every(({ ok }) => ok)).toBe(true);
      await setting.queues.acknowledge('source', batch);
      return batch.length;
    };
    return { ...setting, bug, runOnce };
  }

  test('is listed with its reason, put back, given up again, and done with when the bug is mended', async () => {
    const { sluice, queues, clock, runOnce, bug, read } = await withBug();
    const message = workMessage({ kind: 'ImageUpdateAutomation', name: 'bad', hops: 7 });
    await queues.send('source', [{ body: JSON.stringify(message), group: 'g', dedupId: 'd' }]);
    expect(await runOnce()).toBe(1);
    await clock.advance(7 * 60_000);

    const [, row] = (await sluice('failed', 'list')).out.split('\n');
    const [id = '', age, ...rest] = row?.split(/ {3,}/) ?? [];
    expect(age).toBe('7m');
    expect(rest).toEqual(['prod', 'imageupdateautomation/apps/bad', 'a bug with token=*****']);

    expect(await sluice('failed', 'retry', id)).toEqual({
      code: 0,
      out: `${id} (imageupdateautomation/apps/bad) is in queue source again`,
      err: '',
    });
    expect((await sluice('failed', 'list')).err).toBe('No message was given up.');
    bug.is = false;
    expect(await runOnce()).toBe(1);
    expect(read({ kind: 'ImageUpdateAutomation', namespace: 'apps', name: 'bad' })).toMatchObject({
      status: { observedGeneration: 1 },
    });
    expect((await sluice('failed', 'list', '-o', 'json')).out).toBe('[]');
  });

  test('is given up again when it fails again, at once as well', async () => {
    const { sluice, ports, queues } = await opened();
    await bury(delivery('1', workMessage()), 'a bug', ports);
    await sluice('failed', 'retry', '--all');
    const [again] = await queues.receive('apply', 10, 60_000);

    await bury(again ?? delivery('none', ''), 'a bug', ports);

    expect(JSON.parse((await sluice('failed', 'list', '-o', 'json')).out)).toHaveLength(1);
  });
});

describe('messages that no worker understands', () => {
  test('are shown whole without secrets, and put back where it is known where', async () => {
    const { sluice, queues, ports } = await opened();
    await sweep([delivery('1', `{"authorization":"Bearer ${TOKEN}"}`)], ports, signal);

    const [{ id }] = JSON.parse((await sluice('failed', 'list', '-o', 'json')).out);
    const { out } = await sluice('failed', 'show', id.slice(0, 4));
    expect(out).toContain('queue      sweep');
    expect(out).toContain('not a shard of a tick');
    expect(out).toContain('"authorization": "*****"');
    expect(out).not.toContain(TOKEN);

    expect((await sluice('failed', 'retry', '--all')).code).toBe(0);
    expect(await bodiesOf({ queues }, 'sweep')).toEqual([{ authorization: `Bearer ${TOKEN}` }]);
  });

  test('from nowhere stay, with a reason and exit code 1; the others go', async () => {
    const { sluice, ports, queues } = await opened();
    await work([delivery('1', 'garbage')], ports, signal);
    await bury(delivery('2', workMessage()), 'a bug', ports);

    const { code, out, err } = await sluice('failed', 'retry', '--all');

    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('is in queue apply again') });
    expect(err).toMatch(/cannot be put back: it is no message of ours[^\n]*\nerror: 1 message could not/);
    expect(await bodiesOf({ queues }, 'apply')).toMatchObject([{ name: 'podinfo', hops: 0 }]);
    expect(JSON.parse((await sluice('failed', 'list', '-o', 'json')).out)).toHaveLength(1);
  });
});

describe('what is chosen', () => {
  test('by cluster and kind is all that is put back', async () => {
    const { sluice, ports } = await opened();
    for (const kind of ['GitRepository', 'Kustomization'])
      await bury(delivery(kind, workMessage({ kind })), 'a bug', ports);

    const listed = await sluice('failed', 'list', '--cluster', 'prod', '--kind', 'gitrepository');
    await sluice('failed', 'retry', '--cluster', 'other');
    await sluice('failed', 'retry', '--cluster', 'prod', '--kind', 'Kustomization');

    expect(listed.out.split('\n')).toHaveLength(2);
    const left = JSON.parse((await sluice('failed', 'list', '-o', 'json')).out);
    expect(left).toMatchObject([{ object: 'gitrepository/apps/podinfo' }]);
  });

  test.each([
    [['retry'], 2, 'give an ID, --all, --cluster or --kind'],
    [['retry', 'abc', '--all'], 2, 'an ID excludes --all, --cluster and --kind'],
    [['retry', 'abc'], 1, 'there is no failed message abc; "sluice failed list" lists them'],
    [['show', 'abc'], 1, 'there is no failed message abc'],
  ])('%j is refused', async (argv, code, said) => {
    for (const { sluice } of [openSession(), await opened()]) {
      const printed = await sluice('failed', ...argv);
      expect(printed).toMatchObject({ code, out: '' });
      expect(printed.err).toContain(said);
    }
  });

  test('a question makes no state directory', async () => {
    const session = openSession();

    expect(await session.sluice('failed', 'list')).toEqual({
      code: 0,
      out: '',
      err: 'No message was given up.',
    });
    expect((await import('node:fs')).readdirSync(session.cwd)).toEqual([]);
  });
});
