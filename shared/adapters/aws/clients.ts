/** Where AWS is, and as whom; what is left out, the SDK finds as it does on Lambda. */
export interface AwsAccess {
  readonly region: string;
  /** Instead of AWS's own: interface endpoints, and the servers of the tests. */
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Ours: a service that does not take the connection in this time, in ms, is asked again. */
const CONNECT_MS = 2_000;
/** Ours: time until an answer begins, in ms; a worker of 30 s has room for all tries. */
const REQUEST_MS = 8_000;
/** Ours: time in which nothing at all may come, in ms. */
const IDLE_MS = 8_000;
/** The SDK's default: one request and two retries, with its back-off and its token bucket. */
const MAX_ATTEMPTS = 3;
/** Ours: connections kept a service; a batch of ten objects and its reads. */
const MAX_SOCKETS = 64;

/** What every client of this adapter is made with. */
export function clientSettings({ region, endpoint, credentials }: AwsAccess) {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    retryMode: 'standard',
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      socketTimeout: IDLE_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
  } as const;
}

/** The same for S3; a server at a given endpoint has no host name a bucket. */
export function s3Settings(access: AwsAccess) {
  return { ...clientSettings(access), forcePathStyle: access.endpoint !== undefined };
}
