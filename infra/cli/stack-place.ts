import type { AwsAccess } from '../../shared/adapters/aws/clients.ts';
import type { Stack } from '../../shared/adapters/aws/stack.ts';

/** Where a deployment on AWS is, and what its parts are called. */
export interface StackPlace {
  readonly name: string;
  readonly access: AwsAccess;
  readonly account: string;
  readonly outputs: Stack['outputs'];
  /** What the names of its functions, queues and schedules begin with. */
  readonly names: string;
}
