import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** The state of the schedule called `name`, `ENABLED` or `DISABLED`. Faults: `not-found`, `forbidden`, and those of the way. */
export async function scheduleState(access: AwsAccess, name: string): Promise<string> {
  const client = new SchedulerClient(clientSettings(access));
  try {
    const command = new GetScheduleCommand({ Name: name });
    const { State = 'unknown' } = await asFaults(`look at schedule ${name}`, () => client.send(command));
    return State;
  } finally {
    client.destroy();
  }
}
