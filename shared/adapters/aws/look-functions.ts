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
}

/** Looks at the function `name`. Faults: `not-found`, `forbidden`, and those of the way. */
export async function lookAtFunction(access: AwsAccess, name: string): Promise<FunctionLook> {
  const client = new LambdaClient(clientSettings(access));
  try {
    const command = new GetFunctionConfigurationCommand({ FunctionName: name });
    const found = await asFaults(`look at function ${name}`, () => client.send(command));
    const failed = found.State === 'Failed' || found.LastUpdateStatus === 'Failed';
    const said = found.LastUpdateStatusReason ?? found.StateReason ?? 'no reason given';
    return {
      role: found.Role ?? '',
      trouble: failed ? said : undefined,
    };
  } finally {
    client.destroy();
  }
}

/** The states of what wakes functions by queues, such as `Enabled`, by the functions' names; all of the region's. Faults: `forbidden`, and those of the way. */
export async function listWakers(access: AwsAccess): Promise<ReadonlyMap<string, string>> {
  const client = new LambdaClient(clientSettings(access));
  const states = new Map<string, string>();
  try {
    for (let Marker: string | undefined, first = true; first || Marker; first = false) {
      const command = new ListEventSourceMappingsCommand({ ...(Marker && { Marker }) });
      const page = await asFaults('look at what wakes functions', () => client.send(command));
      for (const { FunctionArn = '', State = 'unknown' } of page.EventSourceMappings ?? [])
        states.set(FunctionArn.replace(/^.*:function:/, '').replace(/:.*/, ''), State);
      Marker = page.NextMarker;
    }
    return states;
  } finally {
    client.destroy();
  }
}
