import { Fault, isFault } from '../../core/failures.ts';
import { type Descriptor, isRecord } from '../descriptor.ts';
import { parseManifest } from '../manifest.ts';
import type { Registry } from '../registry.ts';

/** A signature in cosign's older form: a signed claim and what stands for it. */
export interface ClaimSignature {
  /** The signed bytes: a claim about an image, JSON. */
  readonly payload: Uint8Array;
  /** Base64. */
  readonly signature: string;
  /** PEM, of a keyless signature. */
  readonly certificate: string | undefined;
  /** What the transparency log promised, JSON. */
  readonly logged: string | undefined;
}

/** What is attached to an artifact: Sigstore bundles (parsed JSON) if there is any, else the older form. */
export type Evidence =
  | { readonly kind: 'bundles'; readonly bundles: readonly unknown[] }
  | { readonly kind: 'claims'; readonly claims: readonly ClaimSignature[] };

const BUNDLE = 'application/vnd.dev.sigstore.bundle';
/** What a registry lists that does not know of types: nothing, or that of a bundle's empty config. */
const UNTOLD: ReadonlySet<string> = new Set(['', 'application/vnd.oci.empty.v1+json']);
const CLAIM = 'application/vnd.dev.cosign.simplesigning.v1+json';
const ANNOTATION = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  bundle: 'dev.sigstore.cosign/bundle',
} as const;

/** Ours: signatures of one artifact that are looked at. */
const MAX_SIGNATURES = 64;
/** Ours: a bundle with certificates, proofs and a statement is some 10 KB. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Reads what is attached to the manifest `digest` (OCI-13). Faults: those of the registry, `too-large` for too many signatures. */
export async function readEvidence(registry: Registry, digest: string): Promise<Evidence> {
  const bundles = await readBundles(registry, digest);
  if (bundles.length > 0) return { kind: 'bundles', bundles };
  return { kind: 'claims', claims: await readClaims(registry, digest) };
}

async function readBundles(registry: Registry, digest: string): Promise<readonly unknown[]> {
  const found = (await registry.referrers(digest)).filter(({ artifactType = '' }) => {
    return artifactType.startsWith(BUNDLE) || UNTOLD.has(artifactType);
  });
  refuseTooMany(found.length);
  const bundles: unknown[] = [];
  for (const descriptor of found) {
    const bundle = await readBundle(registry, descriptor);
    if (bundle !== undefined) bundles.push(bundle);
  }
  return bundles;
}

/** Undefined for what is no bundle: others may attach what they like. */
async function readBundle(registry: Registry, { digest }: Descriptor): Promise<unknown> {
  try {
    const [layer] = parseManifest(await registry.manifest(digest)).layers;
    if (layer === undefined || !layer.mediaType.startsWith(BUNDLE)) return undefined;
    const bundle: unknown = JSON.parse(Buffer.from(await registry.blob(layer, MAX_BYTES)).toString());
    return isRecord(bundle) ? bundle : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isFault(error, 'malformed', 'not-found', 'unsupported', 'too-large'))
      return undefined;
    throw error;
  }
}

async function readClaims(registry: Registry, digest: string): Promise<readonly ClaimSignature[]> {
  let layers: readonly Descriptor[];
  try {
    layers = parseManifest(await registry.manifest(`${digest.replace(':', '-')}.sig`)).layers;
  } catch (error) {
    if (isFault(error, 'not-found')) return [];
    throw error;
  }
  const signed = layers.filter(({ mediaType, annotations = {} }) => {
    return mediaType === CLAIM && annotations[ANNOTATION.signature] !== undefined;
  });
  refuseTooMany(signed.length);
  const claims: ClaimSignature[] = [];
  for (const layer of signed) {
    const { annotations = {} } = layer;
    claims.push({
      payload: await registry.blob(layer, MAX_BYTES),
      signature: annotations[ANNOTATION.signature] ?? '',
      certificate: annotations[ANNOTATION.certificate],
      logged: annotations[ANNOTATION.bundle],
    });
  }
  return claims;
}

function refuseTooMany(count: number): void {
  if (count > MAX_SIGNATURES)
    throw new Fault('too-large', `the artifact has more than ${MAX_SIGNATURES} signatures`, {
      limit: MAX_SIGNATURES,
    });
}
