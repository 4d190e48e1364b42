import { afterAll, beforeAll } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { type S3Objects, s3Objects } from '../servers/s3-objects.ts';
import { startS3Server } from '../servers/s3-server.ts';
import { create } from './drive.ts';
import type { Setting } from './setting.ts';

export const BUCKET = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'Bucket' } as const;
/** The Secret with the server's keys, in each namespace that asked for it. */
const KEYS = 's3-keys';

/** A real S3 server for the tests of one file. */
export interface S3 {
  readonly server: AwsServer;
  readonly objects: S3Objects;
  /** Creates a bucket with these objects. */
  readonly fill: (bucket: string, objects: Readonly<Record<string, string>>) => Promise<void>;
}

/** Starts the server before the file's tests, and puts its keys into the namespace. */
export function useS3(setting: Setting): S3 {
  let server: AwsServer | undefined;
  beforeAll(async () => {
    server = await startS3Server();
    const { accessKeyId, secretAccessKey } = server.access.credentials;
    await create(
      setting.world,
      secret(setting, KEYS, { accesskey: accessKeyId, secretkey: secretAccessKey }),
    );
  });
  afterAll(() => server?.stop());
  const there = (): AwsServer => {
    if (server === undefined) throw new Error('the server starts before the first test');
    return server;
  };
  return {
    get server() {
      return there();
    },
    get objects() {
      return s3Objects(there());
    },
    async fill(bucket, objects) {
      const { createBucket, put } = s3Objects(there());
      await createBucket(bucket);
      for (const [key, body] of Object.entries(objects)) await put(bucket, key, body);
    },
  };
}

/** A Bucket of the server's bucket of the same name. */
export function bucket(s3: S3, { namespace }: Setting, name: string, spec: object = {}): KubernetesObject {
  const endpoint = new URL(s3.server.access.endpoint).host;
  const { region } = s3.server.access;
  const secretRef = { name: KEYS };
  return {
    ...BUCKET,
    metadata: { namespace, name },
    spec: { bucketName: name, endpoint, region, insecure: true, interval: '10m', secretRef, ...spec },
  };
}

/** The Bucket `name` of the setting. */
export function bucketAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...BUCKET, namespace, name };
}

/** An Opaque Secret. */
export function secret(
  { namespace }: Setting,
  name: string,
  stringData: Readonly<Record<string, string>>,
): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData };
}
