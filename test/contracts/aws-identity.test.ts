import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createAssumeIdentity } from '../../shared/adapters/aws/assume-identity.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { externalIdOf } from '../../shared/core/deployment.ts';
import type { Clock } from '../../shared/ports.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { faultOf } from './fault-of.ts';

const ROLE = 'arn:aws:iam::123456789012:role/sluice-team';

describe('an identity at moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  test('is the keys of the role, kept while they are good', async () => {
    let ahead = 0;
    const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
    const assume = createAssumeIdentity(moto.access, 'd1', clock);

    const first = await assume(ROLE, 'c1');
    expect(first.accessKeyId).toMatch(/^ASIA/);
    expect(first.sessionToken).toBeTruthy();
    expect(await assume(ROLE, 'c1')).toBe(first);
    expect(await assume(ROLE, 'c2')).not.toBe(first);
    ahead = 11 * 60_000;
    expect(await assume(ROLE, 'c1')).not.toBe(first);
  });
});

describe('STS', () => {
  async function answering(status: number, body: string) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked.push(Buffer.concat(chunks).toString());
        response.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
    const assume = createAssumeIdentity({ region: 'eu-central-1', endpoint, credentials }, 'd1', systemClock);
    return { assume, asked };
  }

  test('is told for which deployment and cluster, so that a role can trust one alone', async () => {
    const { assume, asked } = await answering(
      403,
      '<ErrorResponse><Code>AccessDenied</Code></ErrorResponse>',
    );

    const fault = await faultOf(assume(ROLE, 'c1'), 'unauthorized');

    expect(new URLSearchParams(asked[0]).get('ExternalId')).toBe(externalIdOf('d1', 'c1'));
    expect(fault.message).toBe(`${ROLE} cannot be assumed: AccessDenied; look at its trust policy`);
  });

  test.each([
    [500, '', 'server-error'],
    [200, '<html>', 'unauthorized'],
  ] as const)('that answers %s %s gives no keys', async (status, body, code) => {
    const { assume } = await answering(status, body);

    await faultOf(assume(ROLE, 'c1'), code);
  });
});
