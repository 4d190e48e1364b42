import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PUBLIC_ENDPOINTS } from '../../shared/adapters/identity/endpoints.ts';
import { createIdentities } from '../../shared/adapters/identity/identities.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import type { Http, KubernetesObject } from '../../shared/ports.ts';
import { startTokenReviewer } from '../servers/token-reviewer.ts';
import { edit, reconcile } from './drive.ts';
import { applierAt, configMap, startsIn, told, useWorld } from './setting.ts';
import { addNamespace, putMap, useSpoke } from './spoke.ts';

const POOL = 'projects/123/locations/global/workloadIdentityPools/fleet/providers/hub';
const CLUSTER = 'projects/team/locations/europe-west1/clusters/prod';
const OPERATORS = 'target-operators';
const setting = useWorld('registered-target', async () => ({
  settings: { identityServiceAccount: `${OPERATORS}/lender` },
}));
const { namespace } = setting;
const dir = mkdtempSync(join(tmpdir(), 'flow-registered-'));
const stops: (() => unknown)[] = [];

/** An API server that takes what Google gave to the registered account, as one of GKE does. */
const spoke = useSpoke(async () => {
  const reviewer = await startTokenReviewer((token) => (token === LENT ? 'gke:lender' : undefined));
  stops.push(reviewer.stop);
  const flags = reviewer.flags(join(dir, 'webhook.json'));
  return { access: { issuer: 'https://spoke.example', flags } };
});
const LENT = `of.system.serviceaccount.${OPERATORS}.lender`;

beforeAll(async () => {
  const { cluster } = setting.world;
  const person = { fieldManager: 'person' };
  await addNamespace(spoke, namespace);
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATORS } }, person);
  const annotations = { 'gcp.auth.fluxcd.io/workload-identity-provider': POOL };
  const metadata = { namespace: OPERATORS, name: 'lender', annotations };
  await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, person);
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding = {
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'lender' } },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'User', name: 'gke:lender' }],
  };
  await spoke.cluster.apply(binding as KubernetesObject, person);
});
afterAll(() => {
  for (const stop of stops) stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Google on this page: it knows the one cluster, and gives tokens that say for whose. */
function google() {
  const asked: string[] = [];
  const http: Http = {
    async request({ url, body }) {
      const { host, pathname } = new URL(url);
      asked.push(`${host}${pathname}`);
      const answer = (of: object) => ({
        ...{ status: 200, headers: {}, body: Buffer.from(JSON.stringify(of)), url },
      });
      if (host === 'sts.googleapis.com') {
        const form = new URLSearchParams(Buffer.from(body ?? []).toString());
        const claims = form.get('subject_token')?.split('.')[1] ?? '';
        const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString());
        return answer({ access_token: `of.${sub}`.replaceAll(':', '.'), expires_in: 3600 });
      }
      const clusterCaCertificate = Buffer.from(spoke.plane.ca).toString('base64');
      return answer({ endpoint: new URL(spoke.plane.server).host, masterAuth: { clusterCaCertificate } });
    },
  };
  const identities = createIdentities({ http, clock: systemClock, endpoints: PUBLIC_ENDPOINTS });
  return { asked, ports: { identities } };
}

async function described(name: string, data: Readonly<Record<string, string>>) {
  const { asked, ports } = google();
  await putMap(setting, name, { provider: 'gcp', ...data });
  const spec = { kubeConfig: { configMapRef: { name } }, suspend: true };
  await startsIn(setting)(name, { 'a.yaml': configMap(namespace, name, {}) }, spec);
  await edit(setting.world, applierAt(setting, name), { spec: { suspend: false } });
  return { done: await reconcile(setting.world, applierAt(setting, name), { ports }), asked };
}

test('[COM-23 controller-identity] a cluster of GKE whose ConfigMap names no account is logged in to as the registered one', async () => {
  const { done, asked } = await described('lent', { cluster: CLUSTER });

  expect(told(done)).toContain('True ReconciliationSucceeded');
  const there = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'lent' };
  expect(await spoke.cluster.get(there)).toBeDefined();
  expect(asked).toEqual(['sts.googleapis.com/v1/token', `container.googleapis.com/v1/${CLUSTER}`]);
});

test('whose token goes nowhere else, whatever address a tenant gives', async () => {
  const elsewhere = { address: 'https://127.0.0.1:1', 'ca.crt': spoke.plane.ca };

  const named = await described('elsewhere', { cluster: CLUSTER, ...elsewhere });
  const nameless = await described('nameless', elsewhere);

  expect(told(named.done)).toMatch(
    /^False ReconciliationFailed: .*has no address 'https:\/\/127\.0\.0\.1:1'/,
  );
  expect(told(nameless.done)).toMatch(/^False ReconciliationFailed: .*invalid GKE cluster ID/);
});
