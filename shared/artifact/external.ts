import { createHash } from 'node:crypto';
import type { Artifact } from '../api/meta.ts';
import { Fault, isFault } from '../core/failures.ts';
import { namespacedName } from '../core/references.ts';
import type { Clock, Http } from '../ports.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';

/** Of those that Flux knows, those that this runtime computes. */
const ALGORITHMS: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

/** Ours: time for an artifact that somebody else keeps, in ms; a worker has 120 s for all. */
const DOWNLOAD_MS = 30_000;

interface Way {
  readonly http: Http;
  readonly clock: Pick<Clock, 'timeout'>;
  readonly signal: AbortSignal;
  /** The usual ones when absent. */
  readonly limits?: Pick<ArtifactLimits, 'packBytes'>;
}

/**
 * The packed bytes of an ExternalArtifact that somebody else keeps: whatever its URL answers must be what the digest says
 * (EA-03). Undefined when nothing is there; every Fault says whose artifact, why, and what to do.
 */
export async function downloadArtifact(
  source: { readonly namespace: string; readonly name: string },
  { url, digest }: Pick<Artifact, 'url' | 'digest'>,
  { http, clock, signal, limits = DEFAULT_LIMITS }: Way,
): Promise<Uint8Array | undefined> {
  const title = `failed to download the artifact of ExternalArtifact/${namespacedName(source)}`;
  try {
    const within = AbortSignal.any([signal, clock.timeout(DOWNLOAD_MS)]);
    const request = { method: 'GET', url, signal: within, maxBytes: limits.packBytes };
    const { status, body } = await http.request(request);
    if (status === 404) return undefined;
    if (status !== 200) throw new Fault('malformed', `the server answered ${status}`);
    if (digestLike(digest, body) !== digest)
      throw new Fault('malformed', `computed digest doesn't match '${digest}'`);
    return body;
  } catch (error) {
    if (signal.aborted || !isFault(error)) throw error;
    const advice = isFault(error, 'unreachable', 'timeout', 'egress-denied')
      ? '; it has to be served where Sluice can reach it, not inside the cluster alone'
      : '';
    throw new Fault(error.code, `${title}: ${error.message}${advice}`, error.data);
  }
}

/** The digest of `bytes` by the algorithm that `digest` names. Fault `invalid` when that is not known. */
function digestLike(digest: string, bytes: Uint8Array): string {
  const [algorithm = ''] = digest.split(':');
  if (ALGORITHMS.has(algorithm)) return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  const known = [...ALGORITHMS].join(', ');
  throw new Fault('invalid', `its digest is not one of ${known}: '${digest}'`);
}
