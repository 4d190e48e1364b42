import {
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type AwsAccess, s3Settings } from './clients.ts';
import { asFaults } from './faults.ts';

export type { NotificationConfiguration };

/** Whom a bucket tells of its changes; S3 keeps it as one document. */
export interface BucketNotifications {
  /** The bucket's region. */
  readonly region: () => Promise<string>;
  readonly read: () => Promise<NotificationConfiguration>;
  /** Replaces all of it. Fault `invalid` when S3 may not send to one of the targets, or two are for the same events. */
  readonly write: (wanted: NotificationConfiguration) => Promise<void>;
  readonly close: () => void;
}

/** What S3 calls its first region here. */
const OLDEST_REGION = 'us-east-1';

/** The notifications of `bucket`, which must be in the account `owner`. Faults: `not-found`, `forbidden`, and those of the way. */
export function bucketNotifications(access: AwsAccess, bucket: string, owner: string): BucketNotifications {
  const client = new S3Client({ ...s3Settings(access), followRegionRedirects: true });
  const address = { Bucket: bucket, ExpectedBucketOwner: owner };
  return {
    region: () =>
      asFaults(`look at bucket ${bucket}`, async () => {
        const { LocationConstraint } = await client.send(new GetBucketLocationCommand(address));
        return LocationConstraint || OLDEST_REGION;
      }),
    read: () =>
      asFaults(`read the notifications of bucket ${bucket}`, async () => {
        const { $metadata: _, ...present } = await client.send(
          new GetBucketNotificationConfigurationCommand(address),
        );
        return present;
      }),
    write: (wanted) =>
      asFaults(`write the notifications of bucket ${bucket}`, async () => {
        const NotificationConfiguration = wanted;
        await client.send(
          new PutBucketNotificationConfigurationCommand({ ...address, NotificationConfiguration }),
        );
      }),
    close: () => client.destroy(),
  };
}
