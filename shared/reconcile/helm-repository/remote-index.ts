import type { HelmRepository } from '../../api/helm-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { statusLine } from '../../core/http-status.ts';
import { redact } from '../../core/redaction.ts';
import { MAX_INDEX_BYTES } from '../../helm/index/read.ts';
import type { HttpAnswer } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { MAX_HEAD_BYTES, strongEtag } from '../source/etag.ts';
import { DEFAULT_HELM_TIMEOUT, type HelmAccess } from '../source/helm-access.ts';
import type { Result, Trouble } from '../source/seen.ts';

/** The index as its server has it. */
export interface RemoteIndex {
  /** By what the server knows its present bytes; undefined where it does not say, or not to a HEAD. */
  etag(): Promise<Result<string | undefined>>;
  /** The whole index, with its etag if there is one. Fault `too-large` above `maxBytes` that are less than an index may have. */
  fetch(maxBytes: number): Promise<Result<{ readonly bytes: Uint8Array; readonly etag: string | undefined }>>;
}

/** Nothing is asked yet. */
export function openIndex(
  { spec }: HelmRepository,
  url: string,
  { headers, ca, clientCertificate }: HelmAccess,
  { ports, record, signal }: Scope,
): RemoteIndex {
  const ask = (method: 'GET' | 'HEAD', maxBytes: number): Promise<HttpAnswer> => {
    // Each request has it for itself.
    const timeout = ports.clock.timeout(parseDuration(spec.timeout ?? DEFAULT_HELM_TIMEOUT));
    return ports.http(record.settings.profile).request({
      ...(ca !== undefined && { ca }),
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...{ method, url, maxBytes },
      // The revision is the digest of the bytes as they are stored there.
      headers: { ...headers, 'accept-encoding': 'identity' },
      signal: AbortSignal.any([signal, timeout]),
    });
  };
  return {
    etag: () => etagBy(() => ask('HEAD', MAX_HEAD_BYTES)),
    fetch: (maxBytes) => fetchBy((most) => ask('GET', most), url, maxBytes),
  };
}

/** Some servers know no HEAD, or end the connection: the GET says what there is to say. */
async function etagBy(ask: () => Promise<HttpAnswer>): Promise<Result<string | undefined>> {
  try {
    const answer = await ask();
    return { found: answer.status === 200 ? strongEtag(answer) : undefined };
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.code === 'timeout' ? notFetched(messageOf(error)) : { found: undefined };
  }
}

async function fetchBy(
  ask: (maxBytes: number) => Promise<HttpAnswer>,
  url: string,
  maxBytes: number,
): ReturnType<RemoteIndex['fetch']> {
  try {
    const answer = await ask(maxBytes);
    if (answer.status === 200) return { found: { bytes: answer.body, etag: strongEtag(answer) } };
    return notFetched(`failed to fetch ${url} : ${statusLine(answer.status)}`);
  } catch (error) {
    if (!isFault(error)) throw error;
    const isLarge = error.code === 'too-large';
    if (isLarge && maxBytes < MAX_INDEX_BYTES) throw error;
    const limit = `index exceeds the maximum index file size of ${MAX_INDEX_BYTES} bytes`;
    return notFetched(isLarge ? limit : messageOf(error));
  }
}

function notFetched(problem: string): { readonly trouble: Trouble } {
  const message = `failed to fetch Helm repository index: failed to cache index to temporary file: ${redact(problem)}`;
  return { trouble: { condition: 'FetchFailed', reason: REASON.failed, message } };
}
