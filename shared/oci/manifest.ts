import { Fault } from '../core/failures.ts';
import { annotationsOf, type Descriptor, descriptorOf, isRecord } from './descriptor.ts';

/** A manifest or an index, as served. */
export interface RawManifest {
  readonly bytes: Uint8Array;
  /** Of the bytes, computed. */
  readonly digest: string;
  readonly mediaType: string;
}

/** What is in an artifact. */
export interface Manifest {
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a manifest may be, in the order of preference. */
export const MANIFESTS = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

const INDEXES: ReadonlySet<string> = new Set([MANIFESTS.index, MANIFESTS.dockerList]);
/** go-containerregistry's default, hence Flux's. */
const PLATFORM = { os: 'linux', architecture: 'amd64' };
/** Ours: what one manifest or index may list. */
const MAX_DESCRIPTORS = 10_000;

/** Whether what was served lists manifests. */
export function isIndex(raw: RawManifest): boolean {
  const own = parse(raw).mediaType;
  return INDEXES.has(typeof own === 'string' && own !== '' ? own : raw.mediaType);
}

/** Layers and annotations. Faults `malformed`, `unsupported` (schema 1). */
export function parseManifest(raw: RawManifest): Manifest {
  const { schemaVersion, layers, annotations } = parse(raw);
  if (schemaVersion !== 2)
    throw new Fault('unsupported', `manifest ${raw.digest} is not of schema version 2`, {});
  return {
    layers: list(layers, 'layers').map((layer, index) =>
      descriptorOf(layer, `layer ${index} of the manifest`),
    ),
    annotations: annotationsOf(annotations) ?? {},
  };
}

/** What an index lists. Fault `malformed`. */
export function parseIndex(raw: RawManifest): readonly Descriptor[] {
  const { manifests } = parse(raw);
  return list(manifests, 'manifests').map((one, index) =>
    descriptorOf(one, `manifest ${index} of the index`),
  );
}

/** The one for linux/amd64, which one without a platform is, of the index `name`. Fault `not-found`. */
export function forPlatform(manifests: readonly Descriptor[], name: string): Descriptor {
  const found = manifests.find(({ platform = PLATFORM }) => {
    return platform.os === PLATFORM.os && platform.architecture === PLATFORM.architecture;
  });
  if (found !== undefined) return found;
  throw new Fault('not-found', `no child with platform linux/amd64 in index ${name}`, { name });
}

/** The first layer, or the first of `mediaType`. Fault `not-found`. */
export function selectLayer({ layers }: Manifest, mediaType: string | undefined): Descriptor {
  const [first] = layers;
  if (first === undefined) throw new Fault('not-found', 'no layers found in artifact');
  if (mediaType === undefined || mediaType === '') return first;
  const found = layers.find((layer) => layer.mediaType === mediaType);
  if (found !== undefined) return found;
  throw new Fault('not-found', `failed to find layer with media type '${mediaType}' in artifact`, {
    mediaType,
  });
}

function parse({ bytes, digest }: RawManifest): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isRecord(value)) return value;
  } catch {
    // told below
  }
  throw new Fault('malformed', `manifest ${digest} is not a JSON object`, { digest });
}

function list(value: unknown, what: string): readonly unknown[] {
  const all = value ?? [];
  if (!Array.isArray(all)) throw new Fault('malformed', `the manifest's ${what} are not a list`);
  if (all.length > MAX_DESCRIPTORS)
    throw new Fault('too-large', `the manifest has more than ${MAX_DESCRIPTORS} ${what}`, {});
  return all;
}
