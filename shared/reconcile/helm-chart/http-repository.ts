import { sha256Hex } from '../../core/digests.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { statusLine } from '../../core/http-status.ts';
import { DEFAULT_CHART_LIMITS, type Outcome } from '../../helm/chart/chart.ts';
import { findVersions, type IndexedVersion } from '../../helm/index/find.ts';
import { convertIndex, MAX_INDEX_BYTES } from '../../helm/index/read.ts';
import { pickIndexed } from '../../helm/pick-version.ts';
import { chartUrl, indexUrl } from '../../helm/repository-url.ts';
import { remembered } from './known-picks.ts';
import type { OpenedRepository, PickedChart, Way } from './repository.ts';

/** Where the index of a repository is: in the store under a digest, else it is asked for. */
export interface StoredIndex {
  /** `sha256:<hex>` */
  readonly digest: string;
  load(): Promise<Uint8Array>;
}

/** A repository with an index, reached over HTTP. */
export function openHttpRepository(way: Way, stored: StoredIndex | undefined): OpenedRepository {
  let fetched: Promise<Uint8Array> | undefined;
  const load = async (): Promise<Uint8Array> => {
    if (stored !== undefined) return stored.load();
    fetched ??= fetchIndex(way);
    return fetched;
  };
  const pick = async (chart: string, wanted: string): Promise<Outcome<IndexedVersion>> =>
    pickIndexed(chart, wanted, findVersions(await load(), chart));
  return {
    async pick(chart, wanted) {
      const key = stored && JSON.stringify([stored.digest, chart, wanted]);
      const picked = await remembered(way.scope.ports.store, key, () => pick(chart, wanted));
      return picked.ok ? { ok: true, value: charted(way, picked.value, stored) } : picked;
    },
  };
}

function charted(
  way: Way,
  { name, version, urls, digest }: IndexedVersion,
  stored: StoredIndex | undefined,
): PickedChart {
  const [first] = urls;
  // An index without digests is another one when its charts are.
  const told = digest || (stored?.digest ?? '');
  return {
    name,
    version,
    url: first ?? '',
    // What decides over the bytes, and over who may have them.
    identity: async () => [way.url, first, told, way.tls, way.headers, way.passCredentials],
    download: async () => {
      if (first === undefined) throw new Fault('not-found', `chart '${name}' has no downloadable URLs`);
      const url = resolved(way.url, first);
      const body = await get(way, url, DEFAULT_CHART_LIMITS.chartBytes);
      refuseOther(body, digest, url);
      return body;
    },
  };
}

function resolved(repository: string, url: string): string {
  const absolute = chartUrl(repository, url);
  if (absolute !== undefined) return absolute;
  throw new Fault('invalid', `'${url}' in the index is not a URL of http or https`);
}

async function fetchIndex(way: Way): Promise<Uint8Array> {
  try {
    const bytes = await get(way, indexUrl(way.url), MAX_INDEX_BYTES);
    return convertIndex(bytes).body;
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `failed to cache index: ${messageOf(error)}`, error.data, error);
  }
}

/** Credentials and a client's certificate are shown to the index's own host alone, unless the spec says otherwise (HR-05). */
async function get(way: Way, url: string, maxBytes: number): Promise<Uint8Array> {
  const { ports, record } = way.scope;
  const isOwn = way.passCredentials || new URL(url).origin === new URL(way.url).origin;
  const { ca, clientCertificate } = way.tls;
  const answer = await ports.http(record.settings.profile).request({
    method: 'GET',
    url,
    headers: { ...(isOwn && way.headers), 'accept-encoding': 'identity' },
    ...(ca !== undefined && { ca }),
    ...(isOwn && clientCertificate !== undefined && { clientCertificate }),
    maxBytes,
    signal: way.signal,
  });
  if (answer.status === 200) return answer.body;
  const code = answer.status === 401 ? 'unauthorized' : 'not-found';
  throw new Fault(code, `failed to fetch ${url} : ${statusLine(answer.status)}`, { status: answer.status });
}

/** Ours: what an index says of a chart's bytes is held against them; upstream does not look. */
function refuseOther(body: Uint8Array, digest: string | undefined, url: string): void {
  const told = digest?.replace(/^sha256:/, '').toLowerCase() ?? '';
  const is = sha256Hex(body);
  if (!/^[0-9a-f]{64}$/.test(told) || told === is) return;
  const message = `the chart at ${url} has the digest ${is}, while the index says ${told}: one of them was changed`;
  throw new Fault('malformed', message, { url });
}
