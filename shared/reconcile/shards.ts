import { sha256Hex } from '../core/digests.ts';

/** Some clusters that are swept together, and the name their watermark has. */
export interface Shard {
  readonly shard: string;
  readonly clusters: readonly string[];
}

/** So many clusters are one shard: one invocation has to get round in its time. */
const ONE_SHARD = 50;
/** More are spread over so many shards that each has this many on average, so that chance does not give one more than 50. */
const SPREAD = 32;

/**
 * Shards by the hash of the cluster's id alone: who comes or goes moves nobody else. Their number is a power of two, so
 * that each shard is a half of one of half as many; sorted, none is empty.
 */
export function shardsOf(clusters: readonly string[]): readonly Shard[] {
  const count = clusters.length <= ONE_SHARD ? 1 : 2 ** Math.ceil(Math.log2(clusters.length / SPREAD));
  const shards = Map.groupBy(clusters.toSorted(), (id) => hashOf(id) % count);
  return [...shards]
    .toSorted(([one], [other]) => one - other)
    .map(([index, members]) => ({ shard: nameOf(index, count), clusters: members }));
}

/** The shard that all clusters of `shard` were in while there were half as many shards; undefined for the only one. */
export function parentOf(shard: string): string | undefined {
  const [, index, count] = /^(\d+)-of-(\d+)$/.exec(shard) ?? [];
  const half = Number(count) / 2;
  return half >= 1 ? nameOf(Number(index) % half, half) : undefined;
}

function nameOf(index: number, count: number): string {
  return count === 1 ? '0' : `${index}-of-${count}`;
}

function hashOf(id: string): number {
  return Number.parseInt(sha256Hex(id).slice(0, 8), 16);
}
