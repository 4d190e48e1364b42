import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { asLarge } from '../../../shared/reconcile/room.ts';
import { judgeSignature } from '../../../shared/reconcile/signature/judge.ts';
import { type NotationCase, notationVectors, registryWith, serversOf } from '../oci/vectors.ts';

const { artifact, blobs, cases, now } = notationVectors();
const MIB = 1024 * 1024;

test('[OCI-14 revocation] a list of much memory is read when it is its turn in the worker', async () => {
  const one = cases.find(({ name }) => name === 'list: of others') as NotationCase;
  const { http } = serversOf(one, blobs);
  const limits: number[] = [];
  const request: typeof http.request = async (asked) => {
    limits.push(asked.maxBytes / MIB);
    if (asked.maxBytes < 32 * MIB) throw new Fault('too-large', 'the list is large');
    return http.request(asked);
  };
  const pems = one.roots.map((root) =>
    new X509Certificate(Buffer.from(blobs[root] ?? '', 'base64')).toString(),
  );
  const secret = { 'trustpolicy.json': JSON.stringify(one.policy), 'roots.crt': pems.join('') };
  const data = Object.fromEntries(
    Object.entries(secret).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const clock = createManualClock(new Date(now));
  const scope = {
    ports: { clock, store: createMemoryStore(clock), http: () => ({ request }) },
    cluster: { get: async () => ({ data }) },
    record: { settings: {} },
    signal: new AbortController().signal,
  } as unknown as Scope;
  const other = Promise.withResolvers<void>();
  const large = asLarge(scope, () => other.promise);

  const base = registryWith(one, blobs);
  const registry: typeof base = {
    ...base,
    manifest: async (digest) =>
      digest === artifact.digest
        ? { digest, bytes: Buffer.alloc(artifact.size), mediaType: artifact.mediaType }
        : base.manifest(digest),
  };
  const signed = {
    registry,
    digest: artifact.digest,
    repository: { registry: 'registry.example', path: 'app' },
  };
  const trust = { provider: 'notation' as const, secretRef: { name: 'trust' } };
  const judged = judgeSignature('apps', trust, signed, scope);
  await clock.settle();
  expect(limits).toEqual([4]);
  other.resolve();
  expect(await judged).toEqual({ verdict: 'verified' });
  expect(limits).toEqual([4, 32]);
  await large;
});
