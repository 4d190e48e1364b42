import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { Fault, isFault } from '../../core/failures.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** A rule of EventBridge's default bus that hands events to one queue. */
export interface EventRule {
  readonly name: string;
  readonly description: string;
  /** JSON. */
  readonly pattern: string;
  /** ARN of the queue. */
  readonly target: string;
}

const TARGET_ID = 'arrivals';

/** Whether the rule is there as it is wanted, enabled and with its target. Faults: `forbidden`, and those of the way. */
export function hasRule(access: AwsAccess, { name, pattern, target }: EventRule): Promise<boolean> {
  return withClient(access, `look at rule ${name}`, async (client) => {
    try {
      const found = await asFaults(name, () => client.send(new DescribeRuleCommand({ Name: name })));
      const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: name }));
      const isSame = JSON.stringify(JSON.parse(found.EventPattern ?? 'null')) === pattern;
      return isSame && found.State === 'ENABLED' && Targets.some(({ Arn }) => Arn === target);
    } catch (error) {
      if (isFault(error, 'not-found')) return false;
      throw error;
    }
  });
}

/** Makes the rule, or brings it up to date. */
export function putRule(access: AwsAccess, { name, description, pattern, target }: EventRule): Promise<void> {
  return withClient(access, `make rule ${name}`, async (client) => {
    await client.send(new PutRuleCommand({ Name: name, Description: description, EventPattern: pattern }));
    const Targets = [{ Id: TARGET_ID, Arn: target }];
    const { FailedEntries = [] } = await client.send(new PutTargetsCommand({ Rule: name, Targets }));
    const [failed] = FailedEntries;
    if (failed)
      throw new Fault('invalid', `rule ${name} gets no target: ${failed.ErrorMessage ?? failed.ErrorCode}`);
  });
}

/** Takes the rule away; false when there is none. */
export function removeRule(access: AwsAccess, name: string): Promise<boolean> {
  return withClient(access, `remove rule ${name}`, async (client) => {
    try {
      await asFaults(name, () => client.send(new DescribeRuleCommand({ Name: name })));
    } catch (error) {
      if (isFault(error, 'not-found')) return false;
      throw error;
    }
    await client.send(new RemoveTargetsCommand({ Rule: name, Ids: [TARGET_ID] }));
    await client.send(new DeleteRuleCommand({ Name: name }));
    return true;
  });
}

async function withClient<T>(
  access: AwsAccess,
  what: string,
  work: (client: EventBridgeClient) => Promise<T>,
): Promise<T> {
  const client = new EventBridgeClient(clientSettings(access));
  try {
    return await asFaults(what, () => work(client));
  } finally {
    client.destroy();
  }
}
