import {
  DeleteParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type AwsAccess, clientSettings } from './clients.ts';
import { isSdkError } from './faults.ts';

/** SecureString parameters, as SSM has them. */
export interface Parameters {
  /** Up to 10 at once; a name that is not there is not in the answer. */
  readonly get: (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly put: (name: string, value: string) => Promise<void>;
  /** Absent is fine. */
  readonly delete: (name: string) => Promise<void>;
}

/** Parameters through one kept client; imported when the first secret is asked for, as SSM's client is the largest of all. */
export function createParameters(access: AwsAccess): Parameters {
  const client = new SSMClient(clientSettings(access));
  return {
    async get(names) {
      const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
      const { Parameters = [] } = await client.send(command);
      return new Map(Parameters.map(({ Name = '', Value = '' }) => [Name, Value]));
    },
    async put(Name, Value) {
      // Up to 4 KB cost nothing, more is an advanced parameter; SSM chooses.
      const kind = { Type: 'SecureString', Tier: 'Intelligent-Tiering', Overwrite: true } as const;
      await client.send(new PutParameterCommand({ Name, Value, ...kind }));
    },
    async delete(Name) {
      try {
        await client.send(new DeleteParameterCommand({ Name }));
      } catch (error) {
        if (!isSdkError(error) || error.name !== 'ParameterNotFound') throw error;
      }
    },
  };
}
