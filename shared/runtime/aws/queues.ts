import { createSqsQueues, type SqsQueues } from '../../adapters/aws/sqs-queues.ts';
import { awsAccess, awsSetting } from '../config.ts';
import { base } from './base.ts';

/** The queues of the deployment. */
export function openQueues(): SqsQueues {
  return createSqsQueues({ access: awsAccess(), prefix: awsSetting('SLUICE_QUEUES'), ...base });
}
