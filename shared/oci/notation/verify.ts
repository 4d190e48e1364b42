import { X509Certificate } from 'node:crypto';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { type Descriptor, isRecord } from '../descriptor.ts';
import { parseManifest } from '../manifest.ts';
import type { Registry } from '../registry.ts';
import { named } from './chain.ts';
import { type Envelope, SCHEMES } from './envelope.ts';
import { isPartOf, subjectOf } from './names.ts';
import type { Check, TrustPolicy } from './policy.ts';
import { readEnvelope } from './read-envelope.ts';
import type { Inquiry } from './revocation/ask.ts';
import { revocationProblem } from './revocation/status.ts';
import { stampProblem } from './stamps/verify.ts';

/** What is trusted, and by what rules. */
export interface NotationTrust {
  readonly policy: TrustPolicy;
  /** Every certificate of the Secret counts for every named trust store, as upstream's do. */
  readonly certificates: readonly X509Certificate[];
}

/** What came of it: `ignored` is neither verified nor refused (OCI-14). */
export type Verdict =
  | { readonly verdict: 'verified' }
  | { readonly verdict: 'ignored' }
  | { readonly verdict: 'failed'; readonly message: string };

const SIGNATURE = 'application/vnd.cncf.notary.signature';
/** Upstream's number of signatures that are tried. */
const MAX_ATTEMPTS = 3;
/** Ours: an envelope with its certificates is some 10 KB; Notation itself takes 4 MB. */
const MAX_ENVELOPE_BYTES = 4 * 1024 * 1024;
/** Ours: all that the certificates of an artifact's signatures have asked. */
const INQUIRY_MS = 30_000;

/** Certificates in PEM, one or more, or DER. Fault `invalid`. */
export function readCertificates(bytes: Uint8Array): readonly X509Certificate[] {
  const text = Buffer.from(bytes).toString('latin1');
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    return (pems ?? [bytes]).map((one) => new X509Certificate(one));
  } catch (error) {
    throw new Fault('invalid', `failed to parse certificate: ${messageOf(error)}`, {}, error);
  }
}

/** Holds the signatures of an artifact against a trust policy. Faults: those of the registry, `timeout` when the run is over. */
export async function verifyNotation(
  registry: Registry,
  artifact: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
  trust: NotationTrust,
  world: Inquiry,
): Promise<Verdict> {
  if (trust.policy.actions === undefined) return { verdict: 'ignored' };
  const found = (await registry.referrers(artifact.digest)).filter(
    ({ artifactType }) => artifactType === SIGNATURE,
  );
  if (found.length === 0) return failed(`no signature is associated with "${artifact.digest}"`);
  const inquiry = { ...world, until: AbortSignal.any([world.signal, world.clock.timeout(INQUIRY_MS)]) };
  const problems: string[] = [];
  for (const descriptor of found.slice(0, MAX_ATTEMPTS)) {
    const result = await verifyOne(registry, descriptor, artifact, trust, inquiry);
    if (result.verdict !== 'failed') return result;
    problems.push(result.message);
  }
  if (found.length > MAX_ATTEMPTS)
    problems.push(`the limit of ${MAX_ATTEMPTS} signatures to verify per artifact is exceeded`);
  return failed(problems.join('; '));
}

async function verifyOne(
  registry: Registry,
  descriptor: Descriptor,
  artifact: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
  trust: NotationTrust,
  inquiry: Inquiry,
): Promise<Verdict> {
  let envelope: Envelope;
  try {
    envelope = await fetchEnvelope(registry, descriptor);
  } catch (error) {
    // What one signature is wrong with is that signature's; a registry that fails is everybody's.
    if (isFault(error) && !isFault(error, 'malformed', 'not-found', 'too-large', 'unsupported')) throw error;
    return failed(messageOf(error).slice(0, 300));
  }
  const checked = await check(envelope, trust, inquiry);
  if (checked.verdict !== 'failed' && !isAbout(envelope, artifact))
    return failed('content descriptor mismatch');
  return checked;
}

async function fetchEnvelope(registry: Registry, descriptor: Descriptor): Promise<Envelope> {
  const { layers } = parseManifest(await registry.manifest(descriptor.digest));
  const [layer] = layers;
  if (layer === undefined || layers.length !== 1)
    throw new Error(`signature manifest requires exactly one signature envelope blob, got ${layers.length}`);
  return readEnvelope(layer.mediaType, await registry.blob(layer, MAX_ENVELOPE_BYTES));
}

/** Every check after that of integrity, in upstream's order; where nothing is enforced nobody is asked. */
async function check(
  envelope: Envelope,
  { policy, certificates }: NotationTrust,
  inquiry: Inquiry,
): Promise<Verdict> {
  const now = inquiry.clock.now();
  const authenticity = authenticityProblem(envelope, policy, certificates);
  const checks: readonly (readonly [Check, () => Promise<string | undefined>])[] = [
    ['authenticity', async () => authenticity],
    ['expiry', async () => expiryProblem(envelope, now)],
    ['authenticTimestamp', () => timeProblem(envelope, { policy, certificates }, inquiry)],
    ['revocation', () => revocationProblem(envelope.chain, 'signing', authenticTime(envelope), inquiry)],
  ];
  for (const [what, problemOf] of checks) {
    if (policy.actions?.[what] !== 'enforce') continue;
    const problem = await problemOf();
    if (problem !== undefined) return failed(problem);
  }
  return { verdict: authenticity === undefined ? 'verified' : 'ignored' };
}

/** What a signer says of the time counts only where the scheme has an authority vouch for it. */
function authenticTime({ scheme, signingTime }: Envelope): Date | undefined {
  return scheme === SCHEMES.authority ? signingTime : undefined;
}

function authenticityProblem(
  { chain, scheme }: Envelope,
  policy: TrustPolicy,
  certificates: readonly X509Certificate[],
): string | undefined {
  const store = scheme === SCHEMES.authority ? 'signingAuthority:' : 'ca:';
  const isTrusting = policy.trustStores.some((name) => name.startsWith(store));
  const trusted = isTrusting && chain.some((one) => certificates.some((root) => root.raw.equals(one.raw)));
  if (!trusted) return 'signature is not produced by a trusted signer';
  if (policy.identities === undefined) return undefined;
  try {
    const subject = subjectOf(chain[0] as X509Certificate);
    if (policy.identities.some((identity) => isPartOf(identity, subject))) return undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.message;
  }
  return `signing certificate ${named(chain[0] as X509Certificate)} does not match the X.509 trusted identities of trust policy "${policy.name}"`;
}

function expiryProblem({ expiry }: Envelope, now: Date): string | undefined {
  return expiry !== undefined && now >= expiry
    ? `digital signature has expired on "${expiry.toUTCString()}"`
    : undefined;
}

async function timeProblem(
  envelope: Envelope,
  { policy, certificates }: NotationTrust,
  inquiry: Inquiry,
): Promise<string | undefined> {
  const { chain } = envelope;
  const now = inquiry.clock.now();
  const authentic = authenticTime(envelope);
  const isExpired = chain.some(({ validToDate }) => now > validToDate);
  const isStamped = policy.stamped === 'always' || (policy.stamped === 'after-expiry' && isExpired);
  if (authentic === undefined && isStamped) return stampProblem(envelope, certificates, inquiry);
  const at = authentic ?? now;
  const invalid = chain.find(({ validFromDate, validToDate }) => at < validFromDate || at > validToDate);
  return invalid && `certificate ${named(invalid)} is not valid at "${at.toUTCString()}"`;
}

function isAbout(
  { payload }: Envelope,
  artifact: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
): boolean {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return false;
  }
  const target = isRecord(value) ? value.targetArtifact : undefined;
  if (!isRecord(target)) return false;
  const { digest, size, mediaType } = target;
  return digest === artifact.digest && size === artifact.size && mediaType === artifact.mediaType;
}

function failed(message: string): Verdict {
  return { verdict: 'failed', message };
}
