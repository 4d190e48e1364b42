import type { HelmRepository } from '../../api/helm-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { sha256Hex } from '../../core/digests.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import { MAX_INDEX_BYTES } from '../../helm/index/read.ts';
import { indexUrl, isOciUrl } from '../../helm/repository-url.ts';
import type { Scope } from '../reconciler.ts';
import { addressesOf } from '../source/addresses.ts';
import { storedState } from '../source/artifacts.ts';
import { type HelmAccess, readHelmAccess } from '../source/helm-access.ts';
import { invalidDuration } from '../source/spec.ts';
import type { Seen, Trouble } from './decide.ts';
import type { WithInterval } from './static.ts';

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  /** The index as it was fetched; taken out when it is read, so that it is not held beside what comes of it. */
  readonly fetched: { bytes: Uint8Array } | undefined;
}

/** Upstream's default of spec.timeout. */
const DEFAULT_TIMEOUT = '60s';

type Result<T> = { readonly found: T } | { readonly trouble: Trouble };

/** Looks at the store and the Secrets, and fetches the index. */
export async function observe(object: WithInterval, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const addresses = addressesOf(object, scope);
  const nothing = { revision: undefined, trouble: undefined, fetched: undefined } as const;
  const none = { now, stored: 'none', addresses, ...nothing } as const;
  const invalid = invalidDuration(object.spec);
  if (invalid !== undefined) return { ...none, trouble: invalid };
  const stored = await storedState(object, scope);
  const address = addressOf(object.spec.url);
  if ('trouble' in address) return { ...none, stored, trouble: address.trouble };
  const access = await readHelmAccess(object, scope);
  if ('trouble' in access) return { ...none, stored, trouble: access.trouble };
  if (access.found.deprecated) warnOfDeprecation(object, scope);
  const bytes = await fetchIndex(object, address.found, access.found, scope);
  if ('trouble' in bytes) return { ...none, stored, trouble: bytes.trouble };
  const revision = `sha256:${sha256Hex(bytes.found)}`;
  return { ...none, stored, revision, fetched: { bytes: bytes.found } };
}

function addressOf(url: string): Result<string> {
  const problem = "'oci' URL scheme cannot be used with 'default' HelmRepository type";
  if (isOciUrl(url)) return stalled(problem);
  try {
    return { found: indexUrl(url) };
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return stalled(`'${redact(url)}' is not a URL`);
  }
}

function stalled(problem: string): { readonly trouble: Trouble } {
  const message = `invalid Helm repository URL: ${problem}`;
  return { trouble: { condition: 'FetchFailed', reason: REASON.urlInvalid, message, stalling: true } };
}

function warnOfDeprecation({ metadata }: HelmRepository, { ports }: Scope): void {
  const message =
    'specifying TLS authentication data via `.spec.secretRef` is deprecated, please use `.spec.certSecretRef` instead';
  ports.log.warn(message, { kind: 'HelmRepository', namespace: metadata.namespace, name: metadata.name });
}

async function fetchIndex(
  { spec }: HelmRepository,
  url: string,
  { headers, deprecated: _told, secret: _whole, ...tls }: HelmAccess,
  { ports, record, signal }: Scope,
): Promise<Result<Uint8Array>> {
  const timeout = ports.clock.timeout(parseDuration(spec.timeout ?? DEFAULT_TIMEOUT));
  try {
    const answer = await ports.http(record.settings.profile).request({
      ...tls,
      method: 'GET',
      url,
      // The revision is the digest of the bytes as they are stored there.
      headers: { ...headers, 'accept-encoding': 'identity' },
      maxBytes: MAX_INDEX_BYTES,
      signal: AbortSignal.any([signal, timeout]),
    });
    if (answer.status === 200) return { found: answer.body };
    return notFetched(`failed to fetch ${url} : ${answer.status}${STATUS[answer.status] ?? ''}`);
  } catch (error) {
    if (!isFault(error)) throw error;
    const isLarge = error.code === 'too-large';
    const limit = `index exceeds the maximum index file size of ${MAX_INDEX_BYTES} bytes`;
    return notFetched(isLarge ? limit : messageOf(error));
  }
}

const STATUS: Readonly<Record<number, string>> = {
  401: ' Unauthorized',
  403: ' Forbidden',
  404: ' Not Found',
  429: ' Too Many Requests',
  500: ' Internal Server Error',
  502: ' Bad Gateway',
  503: ' Service Unavailable',
};

function notFetched(problem: string): { readonly trouble: Trouble } {
  const message = `failed to fetch Helm repository index: failed to cache index to temporary file: ${redact(problem)}`;
  return { trouble: { condition: 'FetchFailed', reason: REASON.failed, message } };
}
