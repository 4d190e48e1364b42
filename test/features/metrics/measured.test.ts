import { describe, expect, onTestFinished, test } from 'vitest';
import { createPrometheus } from '../../../shared/adapters/local/prometheus.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Metrics } from '../../../shared/ports.ts';
import { sweep, tick } from '../../../shared/reconcile/sweep.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';
import { delivery, gitRepository, kustomization, NOW, readyKustomization } from '../../builders.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { type Behaviour, run } from '../reconcile/engine-world.ts';
import { createWorld, type Wanted } from '../reconcile/world.ts';

/** What was measured, a line each. */
function recorded() {
  const lines: string[] = [];
  const named = ({ cluster, kind, namespace, name }: Record<string, unknown>) =>
    `${cluster} ${kind}/${namespace}/${name}`;
  const metrics: Metrics = {
    reconciled: (one, seconds) => void lines.push(`${named({ ...one })} ${seconds} s`),
    forgotten: (one) => void lines.push(`${named({ ...one })} gone`),
    surveyed: (cluster, resources) => void lines.push(`${cluster} ${resources.map(({ name }) => name)}`),
    clusters: (names) => void lines.push(`clusters ${names}`),
    answered: ({ method, code }) => void lines.push(`${method} ${code}`),
    flush: () => void lines.push('flush'),
  };
  return { metrics, lines };
}

type World = ReturnType<typeof createWorld>;

describe('a run is timed', () => {
  const measured = async (wanted: Wanted, behaviour: (world: World) => Behaviour = () => ({})) => {
    const { metrics, lines } = recorded();
    const world = createWorld(wanted);
    Object.assign(world.ports, { metrics });
    await run(wanted, { world, behaviour: behaviour(world) }).catch(() => undefined);
    return lines;
  };

  test('however it ends', async () => {
    const slow = ({ clock }: World): Behaviour => ({
      observe: async () => {
        await clock.advance(1500);
        return 'seen';
      },
    });
    const failing = ({ clock }: World): Behaviour => ({
      act: async () => {
        await clock.advance(250);
        throw new Fault('unreachable', 'gone');
      },
    });
    const objects = [kustomization()];

    expect(await measured({ objects }, slow)).toEqual(['one Kustomization/apps/podinfo 1.5 s']);
    expect(await measured({ objects }, failing)).toEqual(['one Kustomization/apps/podinfo 0.25 s']);
  });

  test('but not when there is nothing to run for', async () => {
    expect(await measured({ objects: [] })).toEqual(['one Kustomization/apps/podinfo gone']);
    expect(await measured({ objects: [readyKustomization()] })).toEqual([]);
  });

  test('until the object is gone, of which nothing is kept', async () => {
    const deleted = kustomization({ metadata: { deletionTimestamp: NOW.toISOString() } });
    const next = { after: 'delay', milliseconds: 1000, reason: 'retry' } as const;
    const stays = (): Behaviour => ({ remove: async () => ({ finished: false, events: [], next }) });

    expect(await measured({ objects: [deleted] })).toEqual(['one Kustomization/apps/podinfo gone']);
    expect(await measured({ objects: [deleted] }, stays)).toEqual(['one Kustomization/apps/podinfo 0 s']);
  });
});

test('a sweep tells of every object of ours that it saw, and the tick of every cluster', async () => {
  const { metrics, lines } = recorded();
  const world = createWorld({ objects: [kustomization(), gitRepository({ metadata: { name: 'source' } })] });
  const ports = { ...world.ports, metrics };

  await tick(NOW, ports);
  const shard = { shard: '0', clusters: ['c1'], tick: NOW.toISOString() };
  await sweep([delivery('shard', shard)], ports, new AbortController().signal);

  expect(lines).toEqual(['clusters one', 'one source,podinfo']);
});

test('[RC-39 metrics] the local runtime serves what it measured, webhooks without their paths', async () => {
  const config = readLocalConfig({}, await scratchDirectory(), false);
  const free = { artifactPort: 0, webhookPort: 0, metricsPort: 0 };
  const runtime = await openLocal({ ...config, ...free }, createCollectingLog());
  onTestFinished(() => runtime.close());
  const secret = `/hook/${'a'.repeat(64)}`;
  await fetch(new URL(secret, runtime.webhook.url), { method: 'POST', body: '{}' });
  await fetch(new URL(secret, runtime.webhook.url));

  const answer = await fetch(runtime.metrics.url);

  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await answer.text();
  expect(new URL(runtime.metrics.url).hostname).toBe('127.0.0.1');
  expect(text).not.toContain('aaaa');
  for (const [method, code] of [
    ['POST', 404],
    ['GET', 405],
  ]) {
    const labels = `code="${code}",handler="/hook/",method="${method}"`;
    expect(text).toContain(`gotk_receiver_http_request_duration_seconds_count{${labels}} 1\n`);
    expect(text).toContain(`gotk_receiver_http_response_size_bytes_count{${labels}} 1\n`);
  }
  expect((await fetch(new URL('/', runtime.metrics.url))).status).toBe(404);
  expect((await fetch(runtime.metrics.url, { method: 'POST' })).status).toBe(404);
});

test('nothing measured is an empty page of known metrics', () => {
  expect(createPrometheus().text()).toMatch(
    /^# HELP gotk_resource_info .*\n# TYPE gotk_resource_info gauge\n$/,
  );
});
