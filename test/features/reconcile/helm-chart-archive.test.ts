import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import type { HelmChart } from '../../../shared/api/helm-chart.ts';
import { blobKey } from '../../../shared/artifact/blobs.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { buildLocal } from '../../../shared/reconcile/helm-chart/build-local.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';

const MIB = 1024 * 1024;

test.each([
  ['small', false],
  ['large', true],
])(
  'a packed chart in a %s source is stored, and the files of the source stay for whoever else uses them',
  async (_, isLarge) => {
    const clock = createManualClock();
    const store = createMemoryStore(clock);
    const deployment = { id: 'd1', key: new Uint8Array(32) };
    const record = { id: 'c1', settings: { profile: 'flux' } };
    const signal = new AbortController().signal;
    const scope = { ports: { deployment, store, clock }, record, signal } as unknown as Scope;
    // As they are unpacked: views into one buffer.
    const unpacked = Buffer.alloc(3 * MIB, 'chart');
    const files = { archive: unpacked.subarray(0, 2 * MIB), other: unpacked.subarray(2 * MIB) };
    const tree = new Map([
      ['app.tgz', files.archive],
      ['other.yaml', files.other],
    ]);
    const digest = `sha256:${sha256Hex(files.archive)}`;
    const local = {
      ...{ name: 'app', version: '1.0.0', isFolder: false, mayLack: false },
      ...{ digest: 'sha256:of-the-source', path: 'app.tgz', isLarge, tree: async () => tree },
    };
    const candidate = { name: 'app', version: '1.0.0', isPackaged: false };

    const built = await buildLocal({ spec: {} } as HelmChart, local, candidate, false, scope);

    expect(built).toMatchObject({ found: { digest, size: 2 * MIB } });
    expect((await store.head(blobKey(digest)))?.size).toBe(2 * MIB);
    expect([files.archive.byteLength, files.other.byteLength]).toEqual([2 * MIB, MIB]);
  },
);
