import { blobKey } from '../../artifact/blobs.ts';
import { areLarge } from '../../artifact/limits.ts';
import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import { chartLimitsFor } from '../../helm/chart/chart.ts';
import { findVersions, type IndexedVersion } from '../../helm/index/find.ts';
import { pickIndexed } from '../../helm/pick-version.ts';
import { chartUrl } from '../../helm/repository-url.ts';
import { inRoom } from '../room.ts';
import { askRepository } from './ask-repository.ts';
import { remembered } from './known-picks.ts';
import type { OpenedRepository, PickedChart, Way } from './repository.ts';
import { askForIndex, type StoredIndex } from './repository-index.ts';

/** A repository with an index, reached over HTTP; without a stored one it is asked for. */
export function openHttpRepository(way: Way, stored: StoredIndex | undefined): OpenedRepository {
  let index = stored && Promise.resolve(stored);
  return {
    async pick(chart, wanted) {
      index ??= askForIndex(way);
      const known = await index;
      const { digest } = known;
      const key = JSON.stringify([digest, chart, wanted]);
      const picked = await remembered(way.scope.ports.store, key, async () =>
        pickIndexed(chart, wanted, await versionsIn(known, chart, way)),
      );
      return picked.ok ? { ok: true, value: charted(way, picked.value, digest) } : picked;
    },
  };
}

/** A large index is read when it is its turn. */
async function versionsIn({ digest, load }: StoredIndex, chart: string, { scope }: Way) {
  const isLarge = areLarge([await scope.ports.store.head(blobKey(digest))]);
  return inRoom(scope, isLarge, async () => findVersions(await load(), chart));
}

function charted(way: Way, { name, version, urls, digest }: IndexedVersion, index: string): PickedChart {
  const [first] = urls;
  // An index without digests is another one when its charts are.
  const told = digest || index;
  return {
    name,
    version,
    url: first ?? '',
    // What decides over the bytes, and over who may have them.
    identity: async () => [way.url, first, told, way.tls, way.headers, way.passCredentials],
    download: async (size) => {
      if (first === undefined) throw new Fault('not-found', `chart '${name}' has no downloadable URLs`);
      const url = resolved(way.url, first);
      const { body } = await askRepository(way, 'GET', url, chartLimitsFor(size).chartBytes);
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

/** Ours: what an index says of a chart's bytes is held against them; upstream does not look. */
function refuseOther(body: Uint8Array, digest: string | undefined, url: string): void {
  const told = digest?.replace(/^sha256:/, '').toLowerCase() ?? '';
  const is = sha256Hex(body);
  if (!/^[0-9a-f]{64}$/.test(told) || told === is) return;
  const message = `the chart at ${url} has the digest ${is}, while the index says ${told}: one of them was changed`;
  throw new Fault('malformed', message, { url });
}
