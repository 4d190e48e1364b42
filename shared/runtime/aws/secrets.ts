import { createAwsSecrets } from '../../adapters/aws/secrets.ts';
import type { Secrets } from '../../ports.ts';
import { awsAccess, awsSetting } from '../config.ts';

/** The secrets of the deployment. */
export function openSecrets(): Secrets {
  return createAwsSecrets({ access: awsAccess(), prefix: awsSetting('SLUICE_SECRETS') });
}
