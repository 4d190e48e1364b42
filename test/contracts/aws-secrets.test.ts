import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readDeploymentKey } from '../../shared/adapters/aws/deployment-key.ts';
import { createHookKey, HOOK_KEY } from '../../shared/adapters/aws/hook-key.ts';
import { createAwsSecrets } from '../../shared/adapters/aws/secrets.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { faultOf } from './fault-of.ts';
import { secretsContract } from './secrets.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
}, 60_000);
afterAll(() => moto.stop());

/** Secrets of a deployment of their own. */
function fresh(alwaysSecretsManager = false) {
  const prefix = `/sluice/${systemChance.uuid()}/`;
  const secrets = createAwsSecrets({ access: moto.access, prefix, alwaysSecretsManager });
  return { prefix, secrets };
}

/** The names in Secrets Manager that begin with `prefix`. */
async function largeOnes(prefix: string): Promise<readonly string[]> {
  const client = new SecretsManagerClient(moto.access);
  const { SecretList = [] } = await client.send(new ListSecretsCommand({ MaxResults: 100 }));
  return SecretList.flatMap(({ Name = '' }) => (Name.startsWith(prefix) ? [Name.slice(prefix.length)] : []));
}

const LARGE = 'k'.repeat(20_000);

describe('AWS secrets on moto', () => {
  secretsContract(async () => ({ secrets: fresh().secrets }));

  test('one above 8 KB is kept whole, in Secrets Manager, and gone when it is deleted', async () => {
    const { secrets, prefix } = fresh();
    await secrets.put('large', LARGE);

    expect(await secrets.get('large')).toBe(LARGE);
    expect(await largeOnes(prefix)).toEqual(['large']);
    await secrets.delete('large');

    expect(await secrets.get('large')).toBeUndefined();
    expect(await largeOnes(prefix)).toEqual([]);
  });

  test('one that grows and shrinks is where it belongs', async () => {
    const { secrets, prefix } = fresh();
    await secrets.put('a', 'small');
    await secrets.put('a', LARGE);
    await secrets.put('a', `${LARGE}2`);
    expect(await secrets.get('a')).toBe(`${LARGE}2`);

    await secrets.put('a', 'small again');

    expect(await secrets.get('a')).toBe('small again');
    expect(await largeOnes(prefix)).toEqual([]);
  });

  test('a version that is written and not yet named is not seen', async () => {
    const { secrets, prefix } = fresh();
    await secrets.put('a', LARGE);
    const client = new SecretsManagerClient(moto.access);

    await client.send(new PutSecretValueCommand({ SecretId: `${prefix}a`, SecretString: 'broken off' }));

    expect(await secrets.get('a')).toBe(LARGE);
  });

  test('by setting, a small one is in Secrets Manager too', async () => {
    const { secrets, prefix } = fresh(true);

    await secrets.put('a', 'small');

    expect(await secrets.get('a')).toBe('small');
    expect(await largeOnes(prefix)).toEqual(['a']);
  });

  test('above 64 KB it is refused, with the limit', async () => {
    const { secrets } = fresh();

    const { message } = await faultOf(secrets.put('a', 'x'.repeat(65_537)), 'too-large');

    expect(message).toContain('65536');
  });

  test('double braces, which SSM takes for references, come back', async () => {
    const { secrets, prefix } = fresh();

    await secrets.put('a', 'exec: {{ssm:other}}');

    expect(await secrets.get('a')).toBe('exec: {{ssm:other}}');
    const asked = new GetParameterCommand({ Name: `${prefix}a`, WithDecryption: true });
    expect((await new SSMClient(moto.access).send(asked)).Parameter?.Value).not.toContain('{{');
  });

  test('the parameter is a SecureString', async () => {
    const { secrets, prefix } = fresh();
    await secrets.put('a', 'x');

    const { Parameter } = await new SSMClient(moto.access).send(
      new GetParameterCommand({ Name: `${prefix}a` }),
    );

    expect(Parameter?.Type).toBe('SecureString');
    expect(Parameter?.Value).not.toBe('text:x');
  });

  test('25 that are asked for at once all come, and absent ones stay absent', async () => {
    const { secrets } = fresh();
    const names = Array.from({ length: 25 }, (_, index) => `cluster-${index}`);
    for (const name of names.slice(1)) await secrets.put(name, `value of ${name}`);

    const values = await Promise.all(names.map((name) => secrets.get(name)));

    expect(values).toEqual([undefined, ...names.slice(1).map((name) => `value of ${name}`)]);
  });

  test('what another container has put is read at once', async () => {
    const { secrets, prefix } = fresh();
    await secrets.put('a', 'one');
    await secrets.get('a');

    await createAwsSecrets({ access: moto.access, prefix }).put('a', 'two');

    expect(await secrets.get('a')).toBe('two');
  });

  test('a parameter that somebody else wrote is a fault', async () => {
    const { secrets, prefix } = fresh();
    const other = { Name: `${prefix}a`, Value: 'mine', Type: 'SecureString' } as const;
    await new SSMClient(moto.access).send(new PutParameterCommand(other));

    const { message } = await faultOf(secrets.get('a'), 'malformed');

    expect(message).not.toContain('mine');
  });

  test('nobody at the address is a fault to try again', async () => {
    const endpoint = 'http://127.0.0.1:1';
    const secrets = createAwsSecrets({ access: { ...moto.access, endpoint }, prefix: '/sluice/' });

    await faultOf(secrets.put('a', 'precious'), 'unreachable');
  });

  test('a value that AWS quotes when it refuses it is in no message', async () => {
    const server = createServer((_, response) => {
      const message = "Value 'text:precious' at 'value' failed to satisfy constraint";
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'ValidationException', message }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const secrets = createAwsSecrets({ access: { ...moto.access, endpoint }, prefix: '/sluice/' });

    const fault = await faultOf(secrets.put('a', 'precious'), 'invalid');

    expect(inspect(fault, { depth: 9 })).not.toContain('precious');
    expect(fault.message).toContain('ValidationException');
  });
});

describe('the key of the webhook index on moto', () => {
  const store = () => createMemoryStore(systemClock);

  async function options() {
    const { KeyMetadata } = await new KMSClient(moto.access).send(new CreateKeyCommand({}));
    return { access: moto.access, keyId: KeyMetadata?.Arn ?? '', chance: systemChance };
  }

  test('is made once, wrapped, and the same for all who may unwrap it', async () => {
    const own = { ...(await options()), store: store() };

    const keys = await Promise.all(Array.from({ length: 5 }, () => createHookKey({ ...own, make: true })()));
    const reader = await createHookKey({ ...own, make: false })();

    for (const key of keys) expect(Buffer.compare(key, reader)).toBe(0);
    expect(reader.byteLength).toBe(32);
    const stored = Buffer.from((await own.store.get(HOOK_KEY))?.body ?? []);
    expect(stored.includes(Buffer.from(reader))).toBe(false);
  });

  test('is not made by who may not, who then can open nothing, and finds it as soon as it is there', async () => {
    const own = { ...(await options()), store: store() };
    const reader = createHookKey({ ...own, make: false });

    const before = await reader();
    expect(await own.store.get(HOOK_KEY)).toBeUndefined();
    const made = await createHookKey({ ...own, make: true })();

    expect(Buffer.compare(before, made)).not.toBe(0);
    expect(Buffer.compare(await reader(), made)).toBe(0);
  });

  test('that another KMS key wrapped, or that was damaged, is a fault', async () => {
    const own = { ...(await options()), store: store() };
    await createHookKey({ ...own, make: true })();
    const wrapped = (await own.store.get(HOOK_KEY))?.body ?? new Uint8Array();

    await own.store.put(HOOK_KEY, wrapped.subarray(0, wrapped.length - 4));

    await faultOf(createHookKey({ ...own, make: false })(), 'malformed');
  });
});

describe("the deployment's key on moto", () => {
  async function secretOf(SecretString: string): Promise<string> {
    const client = new SecretsManagerClient(moto.access);
    const command = new CreateSecretCommand({ Name: systemChance.uuid(), SecretString });
    return (await client.send(command)).ARN ?? '';
  }

  test('is the same at every reading, and another for another secret', async () => {
    const secret = await secretOf('s'.repeat(64));
    const other = await secretOf('t'.repeat(64));

    const key = await readDeploymentKey(moto.access, secret);

    expect(key.byteLength).toBe(32);
    expect(Buffer.compare(key, await readDeploymentKey(moto.access, secret))).toBe(0);
    expect(Buffer.compare(key, await readDeploymentKey(moto.access, other))).not.toBe(0);
  });

  test('that is short, or not there, is a fault', async () => {
    await faultOf(readDeploymentKey(moto.access, await secretOf('short')), 'malformed');
    await faultOf(readDeploymentKey(moto.access, 'nothing'), 'not-found');
  });
});
