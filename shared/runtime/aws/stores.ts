import { joinStores } from '../../adapters/aws/joined-store.ts';
import { createS3Store, type S3Store } from '../../adapters/aws/s3-store.ts';
import type { OwnBucket } from '../../core/deployment.ts';
import type { ObjectStore } from '../../ports.ts';
import { awsAccess, awsSetting } from '../config.ts';
import { base } from './base.ts';

/** The bucket of the deployment's state. */
export function stateStore(): S3Store {
  return bucket(awsSetting('SLUICE_BUCKET'));
}

/** The bucket of the deployment's state, as a Bucket object would name it. */
export function ownBucket(): OwnBucket {
  const { endpoint } = awsAccess();
  return {
    name: awsSetting('SLUICE_BUCKET'),
    ...(endpoint !== undefined && { host: new URL(endpoint).host }),
  };
}

/** The bucket of the webhook index. */
export function indexStore(): S3Store {
  return bucket(awsSetting('SLUICE_INDEX_BUCKET'));
}

/** Both as one. */
export function wholeStore(): ObjectStore {
  return joinStores(stateStore(), indexStore());
}

function bucket(name: string): S3Store {
  return createS3Store({ access: awsAccess(), bucket: name, owner: awsSetting('SLUICE_ACCOUNT'), ...base });
}
