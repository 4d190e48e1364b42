import type { Deployment, ObjectStore } from '../../ports.ts';
import { type Base, base } from './base.ts';
import { deploymentKey } from './keys.ts';
import { type Guard, guardOf } from './store-guard.ts';
import { stateStore } from './stores.ts';

/** The world of `artifact`: a bucket, and the key of the addresses. */
export interface ArtifactWorld extends Base {
  readonly deployment: Pick<Deployment, 'key'>;
  readonly guard: Guard;
  readonly store: ObjectStore;
  readonly linkTo: (key: string, seconds: number, method: 'GET' | 'HEAD') => Promise<string>;
}

/** Opens `artifact`'s world. */
export async function openArtifact(): Promise<ArtifactWorld> {
  const store = stateStore();
  const deployment = { key: await deploymentKey() };
  return { ...base, store, guard: guardOf(store), linkTo: store.presign, deployment };
}

/** The world of the daily sweep of stored artifacts: a bucket. */
export async function openBlobs(): Promise<Base & Pick<ArtifactWorld, 'guard' | 'store'>> {
  const store = stateStore();
  return { ...base, store, guard: guardOf(store) };
}
