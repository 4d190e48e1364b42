import { expect, onTestFinished, test } from 'vitest';
import { reach } from '../../../infra/cli/reach.ts';
import { saveCluster } from '../../../shared/adapters/kubernetes/registration.ts';
import { openDirectorySecrets } from '../../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';
import { clusterRecord } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { sendJson, startApiStub } from '../../servers/api-stub.ts';

const ID = '11111111-2222-3333-4444-555555555555';
/** Node resolves no addresses that are written out, in whatever spelling. */
const WRITTEN_OUT = [
  'https://169.254.169.254',
  'https://2852039166:6443',
  'https://0xa9fea9fe',
  'https://[fe80::1]:6443',
  'https://[fd00:ec2::254]',
  'https://[::ffff:169.254.169.254]',
  'https://[64:ff9b::a9fe:a9fe]',
  'https://100.100.100.200',
];

test.each(WRITTEN_OUT)('a registered server at %s is never asked', async (server) => {
  const clusters = await clustersWith(server);

  const { cluster } = await clusters.open(ID);

  await faultOf(cluster.until(AbortSignal.timeout(5000)).facts(), 'egress-denied');
});

test.each(WRITTEN_OUT)('a cluster at %s is not asked by the person who adds it', async (server) => {
  const connection = { server, credentials: { token: 'secret' } };
  const person = { context: 'c', user: 'u', source: 'f', kubectl: '', connection };

  await faultOf(reach(person), 'egress-denied');
});

test("a registered server on loopback or a private network is the operator's word", async () => {
  await using stub = await startApiStub((_, response) =>
    sendJson(response, 200, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kube-system', uid: ID },
      gitVersion: 'v1.36.3',
    }),
  );
  const clusters = await clustersWith(stub.server, stub.ca);

  const { cluster } = await clusters.open(ID);

  expect((await cluster.facts()).uid).toBe(ID);
});

/** The local runtime's clusters, of which the only one is registered at `server`. */
async function clustersWith(server: string, ca?: string) {
  const config = {
    ...readLocalConfig({}, await scratchDirectory(), false),
    artifactPort: 0,
    webhookPort: 0,
    metricsPort: 0,
  };
  const options = { clock: systemClock, chance: systemChance };
  const store = await openDirectoryStore({ directory: config.storeDirectory, ...options });
  const secrets = await openDirectorySecrets({ directory: config.secretsDirectory, ...options });
  const record = clusterRecord({ id: ID, server, ...(ca && { ca }) });
  await saveCluster({ store, secrets }, record, {
    server,
    credentials: { token: 'secret' },
    ...(ca && { ca }),
  });
  store.close();
  const runtime = await openLocal(config, createCollectingLog());
  onTestFinished(() => runtime.close());
  return runtime.ports.clusters;
}
