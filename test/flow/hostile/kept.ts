import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { condition, type Reconciled } from '../drive.ts';
import { told } from '../setting.ts';

/** Expects that a source that cannot go on says why in both conditions, and still advertises and serves what it had when it was `good`. */
export async function expectKept(failed: Reconciled, good: Reconciled, wording: RegExp): Promise<void> {
  expect(told(failed, 'FetchFailed')).toMatch(wording);
  expect(told(failed)).toBe(told(failed, 'FetchFailed').replace('True', 'False'));
  await expectServed(failed, good);
}

/** Expects that a source that has failed still advertises and serves what it had when it was `good`, and tries again. */
export async function expectServed(failed: Reconciled, good: Reconciled): Promise<void> {
  expect(condition(failed, 'Ready')?.status).toBe('False');
  expect(condition(failed, 'Reconciling')?.reason).toBe('ProgressingWithRetry');
  expect(condition(failed, 'ArtifactInStorage')?.status).toBe('True');
  const { artifact } = failed.status;
  expect(artifact).toEqual(good.status.artifact);
  expect(await servedDigest(artifact?.url ?? '')).toBe(artifact?.digest);
}

/** The digest of the bytes at an artifact's URL. */
export async function servedDigest(url: string): Promise<string> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  const body = new Uint8Array(await answer.arrayBuffer());
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
