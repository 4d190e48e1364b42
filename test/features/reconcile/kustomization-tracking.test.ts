import { describe, expect, test } from 'vitest';
import type { Baseline } from '../../../shared/apply/baseline.ts';
import { readBaseline } from '../../../shared/apply/baseline-store.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../../../shared/ports.ts';
import {
  announce,
  storedOf,
  untracked,
  withoutGone,
} from '../../../shared/reconcile/kustomization/tracking.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import type { Place } from '../../../shared/reconcile/target/target.ts';
import { clusterRecord, kustomization } from '../../builders.ts';
import { createWorld } from './world.ts';

const KEY = 'baselines/c1/Kustomization/apps/podinfo.json';
const map = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'apps' },
});
const entry = (name: string) => ({ id: `apps_${name}__ConfigMap`, v: 'v1' });

/** A baseline of `owner` that knows one applied object. */
function baselineOf(owner: string | undefined): Baseline {
  const texts = { rendered: '', inputDigest: 'input', revision: '', cluster: 'c1', serverVersion: '' };
  const hashes = {
    uid: '',
    resourceVersion: '',
    entry: '',
    metadata: '',
    values: '',
    content: '',
    manifest: '',
  };
  return {
    header: { ...texts, owner: owner ?? '', definitions: {} },
    entries: [{ id: entry('recorded').id, version: 'v1', ...hashes }],
  };
}

const PLACE = { facts: { uid: 'c1', version: 'v1.36.0' } } as Place;

function scopeOf(world: ReturnType<typeof createWorld>): Scope {
  const facts = { uid: 'c1', version: 'v1.36.0' };
  return { ports: world.ports, record: clusterRecord(), facts } as unknown as Scope;
}

describe('what an interrupted run may have left', () => {
  const object = kustomization();
  const own = { baseline: baselineOf(object.metadata.uid), etag: undefined };
  const foreign = { baseline: baselineOf('an earlier object of this name'), etag: undefined };

  test('is what the store knows and the inventory does not', () => {
    const inventory = { entries: [entry('recorded')] };

    expect(untracked(object, own)).toEqual([entry('recorded')]);
    expect(untracked(kustomization({ status: { inventory } }), own)).toEqual([]);
  });

  test('is none of ours to know when it lies on another cluster; the entry is replaced then', () => {
    const elsewhere = { facts: { uid: 'c2', version: 'v1.36.0' } } as Place;

    expect(storedOf({ ...own, etag: 'e' }, PLACE)).toEqual({ ...own, etag: 'e' });
    expect(storedOf({ ...own, etag: 'e' }, elsewhere)).toEqual({ baseline: undefined, etag: 'e' });
  });

  test('is announced before it is applied for the first time, and not again', async () => {
    const world = createWorld();

    await announce(object, [map('recorded'), map('fresh')], own, scopeOf(world), PLACE);

    const stored = await readBaseline(world.store, KEY);
    expect(stored.baseline?.header).toMatchObject({ inputDigest: '', owner: object.metadata.uid });
    expect(untracked(object, stored)).toEqual([entry('recorded'), entry('fresh')]);
    expect(await announce(object, [map('fresh')], stored, scopeOf(world), PLACE)).toBe(stored.etag);
  });

  test("never holds what an earlier object of the same name had applied: that is not this one's to delete", async () => {
    const world = createWorld();

    await announce(object, [map('fresh')], foreign, scopeOf(world), PLACE);

    expect(untracked(object, foreign)).toEqual([]);
    expect(untracked(object, await readBaseline(world.store, KEY))).toEqual([entry('fresh')]);
  });

  test('counts as there when it cannot be read, and as gone only when the server says so', async () => {
    const answers: Record<string, () => KubernetesObject | undefined> = {
      there: () => map('there'),
      gone: () => undefined,
      refused: () => {
        throw new Fault('forbidden', 'no');
      },
      announced: () => {
        throw new Fault('forbidden', 'nor was it ever to be written');
      },
      unserved: () => {
        throw new Fault('no-such-kind', 'the CRD is gone');
      },
    };
    const get = async ({ name }: ObjectReference) => answers[name]?.();
    const names = Object.keys(answers);

    const left = await withoutGone(
      { cluster: { get } as unknown as Cluster, concurrency: 2 },
      names.map(entry),
      new Set([entry('refused').id]),
    );

    expect(left).toEqual([entry('there'), entry('refused')]);
  });
});
