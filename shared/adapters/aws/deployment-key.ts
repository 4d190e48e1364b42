import { createHash } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Fault } from '../../core/failures.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** Letters and digits of the secret: more than the 256 bits of the key. */
const MIN_CHARACTERS = 44;

/** The key of the deployment, from the secret that the stack made. Fault `malformed` when somebody has put something short there. */
export async function readDeploymentKey(access: AwsAccess, secret: string): Promise<Uint8Array> {
  const client = new SecretsManagerClient(clientSettings(access));
  try {
    const command = new GetSecretValueCommand({ SecretId: secret });
    const { SecretString = '' } = await asFaults("read the deployment's key", () => client.send(command));
    if (SecretString.length < MIN_CHARACTERS)
      throw new Fault('malformed', "the deployment's key is too short");
    return createHash('sha256').update('sluice deployment key\n').update(SecretString).digest();
  } finally {
    client.destroy();
  }
}
