import type { OCIRepository } from '../../api/oci-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { type ArtifactLimits, limitsFor } from '../../artifact/limits.ts';
import { packLayer } from '../../artifact/pack-layer.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import {
  forPlatform,
  isIndex,
  type Manifest,
  parseIndex,
  parseManifest,
  selectLayer,
} from '../../oci/manifest.ts';
import type { Registry } from '../../oci/registry.ts';
import { nameOf, parseRepository } from '../../oci/repository.ts';
import type { Size } from '../room.ts';
import type { Fetched } from '../source/share.ts';
import type { Remote, Trouble } from './decide.ts';

/** Ours: indexes in indexes; registries know of two at most. */
const MAX_INDEXES = 4;
/** Kubernetes' own bound on annotations, bytes: they go into the object's status. */
const MAX_ANNOTATIONS = 256 * 1024;

/** What is told of an artifact besides its bytes. */
export interface PulledFacts {
  /** The manifest's. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The trouble that the manifest is refused to whoever asks so, if it is. */
export async function refusalOf(
  { spec }: OCIRepository,
  { digest }: Remote,
  registry: Registry,
): Promise<Trouble | undefined> {
  const asked = await attempt(pulling(spec.url), REASON.ociArtifactPullFailed, () =>
    registry.manifest(digest),
  );
  return 'trouble' in asked ? asked.trouble : undefined;
}

/** The artifact that the layer asked for becomes (OCI-06, OCI-07), or why there is none. Fault `too-large` of small work. */
export async function pull(
  object: OCIRepository,
  remote: Remote,
  registry: Registry,
  size: Size = 'large',
): Promise<{ readonly found: Fetched<PulledFacts> } | { readonly trouble: Trouble }> {
  const { layerSelector = {}, ignore, url } = object.spec;
  const limits = limitsFor(size);
  const manifest = await attempt(pulling(url), REASON.ociArtifactPullFailed, () =>
    manifestOf(remote.digest, registry, url),
  );
  if ('trouble' in manifest) return manifest;
  const { annotations } = manifest.found;
  // What was pulled is let go as soon as it is unpacked: the archive of it needs the room.
  const pulled: PulledLayer[] = [];
  const layer = await attempt(
    '',
    REASON.ociArtifactLayerOperationFailed,
    async () => {
      refuseLong(annotations);
      pulled.push(await readLayer(selectLayer(manifest.found, layerSelector.mediaType), registry, limits));
    },
    limits,
  );
  if ('trouble' in layer) return layer;
  const isCopy = layerSelector.operation === 'copy';
  const packed = await attempt(
    'failed to extract layer contents from artifact: ',
    REASON.ociArtifactLayerOperationFailed,
    async () => (isCopy ? taken(pulled) : packLayer(taken(pulled).body, ignore, limits)),
    limits,
  );
  if ('trouble' in packed) return packed;
  const { body, digest } = packed.found;
  return { found: { body, digest, size: body.byteLength, facts: { annotations } } };
}

function pulling(url: string): string {
  return `failed to pull artifact from '${url}': `;
}

interface PulledLayer {
  readonly body: Uint8Array;
  readonly digest: string;
}

function taken(pulled: PulledLayer[]): PulledLayer {
  return pulled.pop() as PulledLayer;
}

async function manifestOf(digest: string, registry: Registry, url: string): Promise<Manifest> {
  const name = nameOf(parseRepository(url));
  let wanted = digest;
  for (let depth = 0; depth < MAX_INDEXES; depth++) {
    const raw = await registry.manifest(wanted);
    if (!isIndex(raw)) return parseManifest(raw);
    wanted = forPlatform(parseIndex(raw), `${name}@${wanted}`).digest;
  }
  throw new Fault('malformed', `index ${digest} holds indexes only`, { digest });
}

async function readLayer(layer: Descriptor, registry: Registry, { packBytes }: ArtifactLimits) {
  return { body: await registry.blob(layer, packBytes), digest: layer.digest };
}

function refuseLong(annotations: Readonly<Record<string, string>>): void {
  const bytes = Buffer.byteLength(JSON.stringify(annotations));
  if (bytes > MAX_ANNOTATIONS)
    throw new Fault('too-large', `the manifest has more than ${MAX_ANNOTATIONS} bytes of annotations`, {
      limit: MAX_ANNOTATIONS,
    });
}

async function attempt<T>(
  prefix: string,
  reason: string,
  work: () => Promise<T>,
  { isTrial }: Pick<ArtifactLimits, 'isTrial'> = {},
): Promise<{ readonly found: T } | { readonly trouble: Trouble }> {
  try {
    return { found: await work() };
  } catch (error) {
    if (!isFault(error) || (isTrial && error.code === 'too-large')) throw error;
    const message = `${prefix}${redact(messageOf(error))}`;
    return { trouble: { condition: 'FetchFailed', reason, message } };
  }
}
