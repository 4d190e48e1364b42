import { expect, onTestFinished, test } from 'vitest';
import { saveCluster } from '../../../shared/adapters/kubernetes/registration.ts';
import { CREDENTIALS_KEPT_MS, createClusters } from '../../../shared/adapters/kubernetes/registry.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemorySecrets } from '../../../shared/adapters/memory/memory-secrets.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { eksToken } from '../../../shared/core/identity/aws.ts';
import { clusterRecord } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { sendJson, startApiStub, statusOf } from '../../servers/api-stub.ts';

const REFERENCE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'a' };
const eks = { cluster: 'prod', region: 'eu-central-1', roleArn: 'arn:aws:iam::1:role/sluice-prod' };
const keysOf = (number: number) => ({
  ...{ accessKeyId: `ASIA${number}`, secretAccessKey: 's', sessionToken: 't' },
});

/** A registry over one stub cluster of EKS, and the tokens that it lets in. */
async function startEks() {
  const accepted = new Set<string>();
  const stub = await startApiStub((request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    if (!accepted.has(token)) sendJson(response, 401, statusOf(401, 'Unauthorized', 'Unauthorized'));
    else sendJson(response, 200, { ...REFERENCE, metadata: { name: 'a', namespace: 'apps' } });
  });
  onTestFinished(() => stub[Symbol.asyncDispose]());
  const clock = createManualClock();
  const [store, secrets] = [createMemoryStore(clock), createMemorySecrets()];
  const record = clusterRecord({ server: stub.server, ca: stub.ca, eks });
  await saveCluster({ store, secrets }, record, undefined);
  const assumed: string[][] = [];
  const assumeIdentity = async (...asked: string[]) => {
    assumed.push(asked);
    return { ...keysOf(assumed.length), expiresAt: new Date(clock.now().getTime() + 900_000) };
  };
  const open = async (withAws = true) => {
    const clusters = registries[withAws ? 0 : 1];
    return (await clusters.open(record.id)).cluster;
  };
  const registries = [
    createClusters({ store, secrets, clock, assumeIdentity }),
    createClusters({ store, secrets, clock }),
  ] as const;
  /** Lets in the token that is made now with keys of this number, and no other. */
  const accept = (number: number): void => {
    accepted.clear();
    accepted.add(eksToken({ name: eks.cluster, region: eks.region }, keysOf(number), clock.now()).token);
  };
  return { open, accept, clock, assumed, record };
}

test('a cluster of EKS is logged in to with a token of its role, made anew when it gets old', async () => {
  const { open, accept, clock, assumed, record } = await startEks();
  accept(1);
  await (await open()).get(REFERENCE);
  expect(assumed).toEqual([[eks.roleArn, record.id]]);

  await clock.advance(CREDENTIALS_KEPT_MS);
  accept(2);
  await (await open()).get(REFERENCE);

  expect(assumed).toHaveLength(2);
});

test('it gets another token at once when its own is refused', async () => {
  const { open, accept } = await startEks();
  const cluster = await open();
  accept(2);

  expect(await cluster.get(REFERENCE)).toBeDefined();
});

test('it is not opened where roles cannot be assumed', async () => {
  const { open } = await startEks();

  expect((await faultOf(open(false), 'unauthorized')).message).toContain('on AWS only');
});
