import { onTestFinished } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { PUBLIC_ENDPOINTS } from '../../../shared/adapters/identity/endpoints.ts';
import { createIdentities, type IdentitiesOptions } from '../../../shared/adapters/identity/identities.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { Asker, Cluster } from '../../../shared/ports.ts';
import { clusterRecord, NOW } from '../../builders.ts';
import { type CloudReply, type CloudRequest, startCloudStub } from '../../servers/cloud-stub.ts';

/** Open, as whoever wants accounts to be somebody at a cloud sets it. */
export const GATE = { ObjectLevelWorkloadIdentity: true };

type Annotations = Readonly<Record<string, string>>;

/** A cloud of these routes, and a cluster with the account `apps/deployer` of these annotations. */
export async function createIdentityWorld(
  routes: Readonly<Record<string, (request: CloudRequest) => CloudReply>>,
  annotations: Annotations = {},
  options: Partial<IdentitiesOptions> = {},
) {
  const stub = await startCloudStub(routes);
  onTestFinished(stub.stop);
  const clock = createManualClock(NOW);
  const { url } = stub;
  const endpoints = {
    ...PUBLIC_ENDPOINTS,
    ...{ aws: () => url, entra: url, arm: url, googleSts: url, googleIam: url, gke: url },
  };
  const http = createHttp({ loopback: true, privateRanges: true });
  // Only the manual clock's own waits are under the test's hand, not those of real sockets.
  const running = { now: clock.now, timeout: () => new AbortController().signal };
  const identities = createIdentities({ http, clock: running, endpoints, ...options });
  const tokens: (readonly string[])[] = [];
  const account = { name: 'deployer', namespace: 'apps', uid: 'u1', annotations: { ...annotations } };
  const cluster = {
    get: async ({ kind, name }: { kind: string; name: string }) =>
      kind === 'ServiceAccount' && name === 'deployer' ? { kind, metadata: account } : undefined,
    accountToken: async (_account: unknown, audiences: readonly string[] = []) => {
      tokens.push(audiences);
      const expiresAt = new Date(clock.now().getTime() + 3_600_000);
      return { token: `jwt-${tokens.length}`, expiresAt };
    },
  } as unknown as Cluster;
  const asker: Asker = {
    record: clusterRecord({ settings: { ...clusterRecord().settings, featureGates: GATE } }),
    cluster,
    namespace: 'apps',
    serviceAccount: 'deployer',
    signal: new AbortController().signal,
  };
  return { identities, asker, tokens, account, clock, url, requests: stub.requests };
}

/** A form, as an object. */
export function formOf({ body }: Pick<CloudRequest, 'body'>): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(body));
}
