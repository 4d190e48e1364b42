import { expect, test } from 'vitest';
import { API_VERSION } from '../../../shared/api/vocabulary.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { sweep } from '../../../shared/reconcile/sweep.ts';
import { artifact, at, clusterRecord, delivery, NOW, readyKustomization } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

test.each([
  ['open', true, 1],
  ['closed', false, 0],
])(
  '[KS-16 external] wakes consumers of artifacts that others make, the gate being %s',
  async (_, gate, wanted) => {
    const made: KubernetesObject = {
      apiVersion: API_VERSION.source,
      kind: 'ExternalArtifact',
      metadata: { name: 'made', namespace: 'apps' },
      status: { artifact: artifact({ revision: 'new', lastUpdateTime: at(30) }) },
    };
    const consumer = readyKustomization({
      spec: { interval: '10000h', sourceRef: { kind: 'ExternalArtifact', name: 'made' } },
    });
    const settings = { ...clusterRecord().settings, featureGates: { ExternalArtifact: gate } };
    const world = createWorld({ objects: [made, consumer], record: { settings } });
    await world.store.put('watermarks/0.json', Buffer.from(JSON.stringify({ tick: NOW.toISOString() })));
    await world.clock.advance(60_000);

    const tick = delivery('tick', { shard: '0', clusters: ['c1'], tick: at(60) });
    await sweep([tick], world.ports, new AbortController().signal);

    expect((await bodiesOf(world, 'apply')).map(({ reason }) => reason)).toEqual(
      Array(wanted).fill('source'),
    );
    expect(await bodiesOf(world, 'source')).toEqual([]);
  },
);
