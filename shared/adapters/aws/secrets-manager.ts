import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type AwsAccess, clientSettings } from './clients.ts';
import { isSdkError } from './faults.ts';

/** Secrets Manager frees the name of a deleted secret a little later: tries of a create, and the pause between them in ms. */
const CREATE_TRIES = 8;
const CREATE_PAUSE_MS = 1_000;

/** Secrets with versions, as Secrets Manager has them. */
export interface LargeSecrets {
  /** The value of that very version; undefined when it is gone. */
  readonly get: (name: string, version: string) => Promise<string | undefined>;
  /** Returns the new version; the one before it stays readable. */
  readonly put: (name: string, value: string) => Promise<string>;
  /** For good; absent is fine. */
  readonly delete: (name: string) => Promise<void>;
}

/** Secrets through one kept client; imported when the first large one is met. */
export function createLargeSecrets(access: AwsAccess): LargeSecrets {
  const client = new SecretsManagerClient(clientSettings(access));
  return {
    get: (SecretId, VersionId) =>
      unlessAbsent(async () => {
        const command = new GetSecretValueCommand({ SecretId, VersionId });
        return (await client.send(command)).SecretString;
      }),
    put: (name, value) => put(client, name, value),
    async delete(SecretId) {
      const command = new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true });
      await unlessAbsent(() => client.send(command));
    },
  };
}

async function put(client: SecretsManagerClient, name: string, SecretString: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const replaced = await unlessAbsent(() =>
      client.send(new PutSecretValueCommand({ SecretId: name, SecretString })),
    );
    if (replaced?.VersionId !== undefined) return replaced.VersionId;
    try {
      const created = await client.send(new CreateSecretCommand({ Name: name, SecretString }));
      return created.VersionId ?? '';
    } catch (error) {
      const taken = is(error, 'InvalidRequestException') || is(error, 'ResourceExistsException');
      if (!taken || attempt === CREATE_TRIES) throw error;
      await pause(CREATE_PAUSE_MS);
    }
  }
}

/** A secret that is being deleted counts as absent. */
async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (is(error, 'ResourceNotFoundException') || is(error, 'InvalidRequestException')) return undefined;
    throw error;
  }
}

function is(error: unknown, name: string): boolean {
  return isSdkError(error) && error.name === name;
}
