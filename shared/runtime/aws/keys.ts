import { readDeploymentKey } from '../../adapters/aws/deployment-key.ts';
import { awsAccess, awsSetting } from '../config.ts';

/** The deployment's key, which is read once an opened world. */
export function deploymentKey(): Promise<Uint8Array> {
  return readDeploymentKey(awsAccess(), awsSetting('SLUICE_KEY_SECRET'));
}
