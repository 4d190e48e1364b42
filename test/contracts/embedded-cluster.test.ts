import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { openCluster } from '../../infra/local/cluster/open.ts';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { clusterContract } from './cluster.ts';

const { url: server, ca, token, close } = await openCluster();
const cluster = connect({ id: 'contract', server, ca, credentials: { token } });
afterAll(async () => {
  cluster.close();
  await close();
});

clusterContract('the embedded cluster', async () => ({
  cluster,
  namespace: `contract-${randomBytes(4).toString('hex')}`,
}));
