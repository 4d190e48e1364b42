import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** A deployed function as far as it can be seen from outside. */
export interface FunctionLook {
  /** ARN. */
  readonly role: string;
  /** Why it cannot be called, as Lambda says it; undefined when it can. */
  readonly trouble: string | undefined;
  /** States of what wakes it by queues, such as `Enabled`. */
  readonly wakers: readonly string[];
}

/** Looks at the function `name`. Faults: `not-found`, `forbidden`, and those of the way. */
export async function lookAtFunction(access: AwsAccess, name: string): Promise<FunctionLook> {
  const client = new LambdaClient(clientSettings(access));
  try {
    const [found, { EventSourceMappings = [] }] = await asFaults(`look at function ${name}`, () =>
      Promise.all([
        client.send(new GetFunctionConfigurationCommand({ FunctionName: name })),
        client.send(new ListEventSourceMappingsCommand({ FunctionName: name })),
      ]),
    );
    const failed = found.State === 'Failed' || found.LastUpdateStatus === 'Failed';
    const said = found.LastUpdateStatusReason ?? found.StateReason ?? 'no reason given';
    return {
      role: found.Role ?? '',
      trouble: failed ? said : undefined,
      wakers: EventSourceMappings.map(({ State = 'unknown' }) => State),
    };
  } finally {
    client.destroy();
  }
}
