import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { create, gitRepository, KUSTOMIZATION, kustomization, type Reconciled } from './drive.ts';
import { useOwnPlane } from './own-plane.ts';
import { applierAt, configMap, newEvents, publish, told, useWorld } from './setting.ts';

const MAIN = join(import.meta.dirname, '../../infra/cli/sluice.ts');
const own = useOwnPlane();
const setting = useWorld('restart', own.place);
const { namespace } = setting;
const children = new Set<ChildProcess>();

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A real `sluice dev` on the world's state directory. */
function startSluice(): { readonly kill: () => Promise<void>; readonly said: () => string } {
  const env = { ...process.env, SLUICE_ARTIFACT_PORT: '0', SLUICE_LOG_FORMAT: 'json' };
  const args = [MAIN, 'dev', '--state', setting.world.stateDirectory];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      said += text.toString();
    });
  }
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      children.delete(child);
    },
    said: () => said,
  };
}

async function appliers(): Promise<readonly Reconciled[]> {
  const { items } = await setting.world.cluster.list({ ...KUSTOMIZATION, namespace });
  return items as unknown as readonly Reconciled[];
}

async function countReady(): Promise<number> {
  const all = await appliers();
  return all.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  ).length;
}

test('killed in the middle, again and again, it goes on where it was: all Ready, nothing done twice, nothing buried', async ({
  annotate,
}) => {
  const names = Array.from({ length: 12 }, (_, index) => `app-${index}`);
  const files = Array.from({ length: 8 }, (_, index) => `${index}`);
  const { world } = setting;
  await Promise.all(
    names.map(async (name) => {
      const maps = files.map((file) => [`${file}.yaml`, configMap(namespace, `${name}-${file}`, {})]);
      await publish(setting, name, Object.fromEntries(maps));
      const dependsOn = name === 'app-0' ? [] : [{ name: 'app-0' }];
      await create(
        world,
        gitRepository(world, namespace, name),
        kustomization(namespace, name, { dependsOn }),
      );
    }),
  );

  const seen: number[] = [];
  for (const enough of [1, 4]) {
    const sluice = startSluice();
    await expect.poll(countReady, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(enough);
    await sluice.kill();
    seen.push(await countReady());
  }
  expect(seen[0], 'the first kill came too late to prove anything').toBeLessThan(names.length);
  const last = startSluice();
  const start = performance.now();
  await expect.poll(countReady, { timeout: 50_000, interval: 50 }).toBe(names.length);
  await annotate(
    `killed at ${seen.join(' and ')} of ${names.length}, all ready ${Math.round(performance.now() - start)} ms after the last start`,
  );

  for (const object of await appliers()) {
    expect(told(object)).toBe(
      `True ReconciliationSucceeded: Applied revision: ${object.status.lastAppliedRevision}`,
    );
    expect(object.status.inventory?.entries).toHaveLength(files.length);
    expect(object.status.history).toHaveLength(1);
  }
  const events = await Promise.all(names.map((name) => newEvents(setting, applierAt(setting, name))));
  const created = events.flat().flatMap((event) => event.match(/ConfigMap\/\S+ created/g) ?? []);
  expect(created).toEqual([...new Set(created)]);
  expect(events.flat().filter((event) => / configured|deleted|^Warning/.test(event))).toEqual([]);
  expect(await world.runtime.queues.depth('dead')).toMatchObject({ ready: 0 });
  await last.kill();
}, 120_000);
