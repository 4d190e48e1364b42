import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../control-plane/start.ts';
import { openSession, type Session } from '../../features/cli/recorded-world.ts';
import { PRIVATE_ADDRESS } from '../../flow/bundles/network.ts';
import { type DeployedStack, STACK } from './deployed-stack.ts';

/** A person who works on the stack, with a kubeconfig whose server has an address that functions reach, too. */
export function personOf({ front }: DeployedStack, plane: ControlPlane, address = PRIVATE_ADDRESS): Session {
  const env = {
    ...{ KUBECONFIG: 'kubeconfig', SLUICE_STACK: STACK, AWS_REGION: 'eu-central-1' },
    AWS_ENDPOINT_URL: front.endpoint,
  };
  const session = openSession({ env });
  const server = `https://${address}:${new URL(plane.server).port}`;
  const named = plane.kubeconfig.replace(
    /^( *)"?server"?: .*$/m,
    `$1server: ${server}\n$1tls-server-name: kubernetes.default.svc`,
  );
  writeFileSync(join(session.cwd, 'kubeconfig'), named);
  return session;
}
