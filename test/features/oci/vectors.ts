import { readFileSync } from 'node:fs';
import { Fault } from '../../../shared/core/failures.ts';
import { isRecord } from '../../../shared/oci/descriptor.ts';
import type { Registry } from '../../../shared/oci/registry.ts';

/** What stands in a repository: manifests by reference, blobs in base64 by digest. */
export interface Contents {
  readonly digest: string;
  readonly manifests: Readonly<Record<string, { readonly mediaType: string; readonly text: string }>>;
  readonly blobs: Readonly<Record<string, string>>;
}

/** What the real cosign made. */
export interface CosignVectors {
  readonly publicKey: string;
  readonly trustedRoot: unknown;
  readonly signed: Readonly<
    Record<'key-claim' | 'key-bundle' | 'keyless-claim' | 'keyless-bundle', Contents>
  >;
}

/** The artifacts of `vectors/cosign.json`. */
export function cosignVectors(): CosignVectors {
  return JSON.parse(readFileSync(new URL('vectors/cosign.json', import.meta.url), 'utf8')) as CosignVectors;
}

/** A registry of these contents. */
export function registryOf({ manifests, blobs }: Contents): Registry {
  const manifest: Registry['manifest'] = async (reference) => {
    const found = manifests[reference];
    if (found === undefined) throw new Fault('not-found', `no ${reference}`);
    return { bytes: Buffer.from(found.text), digest: reference, mediaType: found.mediaType };
  };
  return {
    manifest,
    digestOf: async (tag) => (await manifest(tag)).digest,
    blob: async ({ digest }) => Buffer.from(blobs[digest] ?? '', 'base64'),
    tags: async () => [],
    referrers: async (digest) =>
      Object.entries(manifests).flatMap(([reference, { mediaType, text }]) => {
        const parsed = JSON.parse(text) as { subject?: { digest?: string }; artifactType?: string };
        if (!isRecord(parsed.subject) || parsed.subject.digest !== digest) return [];
        const { artifactType = '' } = parsed;
        return [{ digest: reference, size: text.length, mediaType, artifactType }];
      }),
  };
}
