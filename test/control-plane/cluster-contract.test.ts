import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { clusterContract } from '../contracts/cluster.ts';

const cluster = connect({
  id: 'contract',
  server: inject('server'),
  ca: inject('ca'),
  credentials: { token: inject('token') },
});
afterAll(() => cluster.close());

clusterContract('a real API server', async () => ({
  cluster,
  namespace: `contract-${randomBytes(4).toString('hex')}`,
}));
