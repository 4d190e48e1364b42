import { createHash, createHmac } from 'node:crypto';
import type { AwsServer } from './aws-server.ts';

/** What tests do to a bucket, as any client of S3 would; each faults when the server refuses. */
export interface S3Objects {
  readonly createBucket: (bucket: string) => Promise<void>;
  readonly put: (
    bucket: string,
    key: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ) => Promise<void>;
  readonly remove: (bucket: string, key: string) => Promise<void>;
}

/** A client of the server's owner, signed by a few lines of its own. */
export function s3Objects({ access }: AwsServer): S3Objects {
  const send = async (
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> = '',
    headers: Record<string, string> = {},
  ): Promise<void> => {
    const answer = await fetch(`${access.endpoint}${path}`, {
      method,
      headers: sign(access, method, path, body, headers),
      ...(method === 'PUT' && { body }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const pathOf = (bucket: string, key: string): string =>
    `/${bucket}/${key.split('/').map(encode).join('/')}`;
  return {
    createBucket: (bucket) => {
      const place = `<LocationConstraint>${access.region}</LocationConstraint>`;
      return send('PUT', `/${bucket}`, `<CreateBucketConfiguration>${place}</CreateBucketConfiguration>`);
    },
    put: (bucket, key, body, headers) => send('PUT', pathOf(bucket, key), body, headers),
    remove: (bucket, key) => send('DELETE', pathOf(bucket, key)),
  };
}

function sign(
  { region, endpoint, credentials }: AwsServer['access'],
  method: string,
  path: string,
  body: string | Uint8Array,
  more: Record<string, string>,
): Record<string, string> {
  const time = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const payload = hash(body);
  const headers: Record<string, string> = {
    ...more,
    host: new URL(endpoint).host,
    'x-amz-content-sha256': payload,
    'x-amz-date': time,
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = [method, path, '', lines, names.join(';'), payload].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n');
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${names.join(';')},Signature=${signature}`,
  };
}

function hash(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
