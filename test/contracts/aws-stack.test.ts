import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readStack, STACK_OUTPUTS } from '../../shared/adapters/aws/stack.ts';
import { openSession } from '../features/cli/recorded-world.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { createStack, deployOnMoto, signIn, withVariables } from './aws-deployment.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
}, 60_000);
afterAll(() => moto?.stop());

/** A person whose shell leads to moto. */
function person() {
  const { endpoint, region } = moto.access;
  return openSession({ env: { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region } });
}

test('every output that is asked for is one of the template', () => {
  const template = readFileSync(join(import.meta.dirname, '../../infra/resources.yml'), 'utf8');
  const outputs = template.slice(template.indexOf('\nOutputs:'));

  for (const name of STACK_OUTPUTS) expect(outputs).toMatch(new RegExp(`^ {2}${name}:`, 'm'));
});

test('a stack tells its outputs and its account', async () => {
  const outputs = await deployOnMoto(moto.access, 'told');

  expect(await readStack(moto.access, 'told')).toEqual({ account: '123456789012', outputs });
});

test('a stack that is not there is called so, with its region', async () => {
  onTestFinished(signIn(moto.access));

  const { code, err } = await person().sluice('cluster', 'list', '--stack', 'nowhere');

  expect(code).toBe(1);
  expect(err).toContain('there is no stack "nowhere" in eu-central-1');
});

test('a stack without all outputs names those that are missing', async () => {
  onTestFinished(signIn(moto.access));
  await createStack(moto.access, 'older', { StateBucketName: 'b', DeploymentId: 'd', Webhook: 'w' });

  const { code, err } = await person().sluice('cluster', 'list', '--stack', 'older');

  expect(code).toBe(1);
  expect(err).toContain('does not tell HookKeyArn, IndexBucketName, ProbeFunction, QueueUrls, SecretsPrefix');
  expect(err).toContain('npm run deploy');
});

test('whoever has no credentials is told how to get some', async () => {
  onTestFinished(
    withVariables({
      ...{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: undefined },
      ...{ AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' },
      AWS_EC2_METADATA_DISABLED: 'true',
    }),
  );

  const { code, err } = await person().sluice('get', '--stack', 'told');

  expect(code).toBe(1);
  expect(err).toMatch(/there are no AWS credentials .*aws sso login/);
});
