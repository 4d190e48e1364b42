import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { loginToCloud } from '../../shared/oci/clouds/login.ts';
import type { Http, Identities } from '../../shared/ports.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { startMoto } from '../servers/moto.ts';
import { newHttp } from './oci-world.ts';

let moto: AwsServer;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto?.stop());

test('[OCI-09 aws] a service that speaks as ECR does gives a token for a signed request', async () => {
  const inner = newHttp();
  // What leaves for ECR arrives at moto; the signature is for ECR's own name.
  const http: Http = {
    request: ({ url, headers, ...rest }) => {
      const { host, pathname } = new URL(url);
      expect(host).toBe('api.ecr.eu-west-1.amazonaws.com');
      return inner.request({
        ...rest,
        headers: { ...headers, host },
        url: `${moto.access.endpoint}${pathname}`,
      });
    },
  };
  const expiresAt = new Date(Date.now() + 3_600_000);
  const identities = {
    awsKeys: async () => ({ ...moto.access.credentials, expiresAt }),
  } as Partial<Identities>;
  const asker = { namespace: 'apps', signal: AbortSignal.timeout(20_000) };
  const access = {
    http,
    clock: systemClock,
    identities: identities as Identities,
    asker: asker as never,
    trusts: undefined,
  };

  const credentials = await loginToCloud('aws', '123456789012.dkr.ecr.eu-west-1.amazonaws.com', access);

  const password = expect.stringMatching(/.+/);
  expect(credentials).toEqual({ kind: 'basic', username: 'AWS', password, lent: null });
});
