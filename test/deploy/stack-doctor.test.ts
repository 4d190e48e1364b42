import '../flow/bundles/network.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFailed, test } from 'vitest';
import type { Finding } from '../../infra/cli/doctor/finding.ts';
import { signIn } from '../contracts/aws-deployment.ts';
import { openSession, type Session } from '../features/cli/recorded-world.ts';
import { PRIVATE_ADDRESS } from '../flow/bundles/network.ts';
import { useOwnPlane } from '../flow/own-plane.ts';
import { type DeployedStack, deployStack, STACK } from './stack/deployed-stack.ts';

const own = useOwnPlane({ controllers: true });
let stack: DeployedStack;
let person: Session;
let signOut: () => void;

beforeAll(async () => {
  await own.place();
  stack = await deployStack(inject('package'));
  signOut = signIn(stack.moto.access);
  person = personAt(PRIVATE_ADDRESS);
  stack.start();
}, 180_000);
afterAll(async () => {
  signOut?.();
  await stack?.stop();
});

/** What failed is told by the functions' own logs. */
beforeEach(() => {
  onTestFailed(() => {
    for (const { name, log } of Object.values(stack.lambdas))
      console.log([name, ...log.slice(-5)].join('\n  '));
  });
});

function personAt(address: string): Session {
  const { kubeconfig, server } = own.plane;
  const env = {
    ...{ KUBECONFIG: 'kubeconfig', SLUICE_STACK: STACK, AWS_REGION: 'eu-central-1' },
    AWS_ENDPOINT_URL: stack.front.endpoint,
  };
  const session = openSession({ env });
  const named = kubeconfig.replace(
    /^( *)"?server"?: .*$/m,
    `$1server: https://${address}:${new URL(server).port}\n$1tls-server-name: kubernetes.default.svc`,
  );
  writeFileSync(join(session.cwd, 'kubeconfig'), named);
  return session;
}

async function examined(): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> {
  const { code, out } = await person.sluice('doctor', '-o', 'json');
  return { code, findings: JSON.parse(out) };
}

describe('after a deployment', { timeout: 120_000 }, () => {
  test('cluster add says that the functions reach the cluster', async () => {
    const added = await person.sluice('cluster', 'add', 'prod', '--yes');
    console.log(added.out, added.err);
    expect(added.code).toBe(0);
    const { out, err, code } = await person.sluice('doctor');
    console.log(out, err, code);
    expect((await examined()).code).toBe(0);
  });
});
