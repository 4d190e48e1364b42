import type { Artifact } from '../../api/meta.ts';
import { sha256Hex } from '../../core/digests.ts';

/** The artifacts of a generator's sources, by alias. */
export type ObservedSources = ReadonlyMap<string, Artifact>;

/** Where an artifact's content comes from, in its metadata. */
const ORIGIN = 'org.opencontainers.image.revision';

/** `status.observedSourcesDigest` (AG-08): the URL takes part. */
export function observedSourcesDigest(sources: ObservedSources): string {
  const parts = [...sources].map(
    ([alias, { digest, revision, url }]) => `${alias}=[digest=${digest},revision=${revision},url=${url}]`,
  );
  return `sha256:${sha256Hex(parts.sort().join('|'))}`;
}

/** Revision and metadata of an output (AG-05): of its own content, or of the sources that it names. */
export function revisionsOf(
  output: { readonly revision?: string; readonly originRevision?: string },
  digest: string,
  sources: ObservedSources,
): Pick<Artifact, 'revision' | 'metadata'> {
  const named = sources.get(output.revision?.slice(1) ?? '');
  const origin = sources.get(output.originRevision?.slice(1) ?? '');
  return {
    revision: named?.revision ?? `latest@${digest}`,
    ...(origin && { metadata: { [ORIGIN]: origin.metadata?.[ORIGIN] ?? origin.revision } }),
  };
}
