import { X509Certificate } from 'node:crypto';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { type Descriptor, isRecord } from '../descriptor.ts';
import { parseManifest } from '../manifest.ts';
import type { Registry } from '../registry.ts';
import { factsOf } from './certificate-facts.ts';
import { named } from './chain.ts';
import { type Envelope, SCHEMES } from './envelope.ts';
import { isPartOf, subjectOf } from './names.ts';
import type { Check, TrustPolicy } from './policy.ts';
import { readEnvelope } from './read-envelope.ts';

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
const STAMPS =
  "time stamps are not supported by this version of Sluice; take the trust store 'tsa:' out of the trust policy";
const REVOCATION =
  "revocation status is unknown: Sluice does not look it up; set 'revocation' to 'log' or 'skip' in the trust policy";

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

/** Holds the signatures of an artifact against a trust policy. Faults: those of the registry. */
export async function verifyNotation(
  registry: Registry,
  artifact: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
  trust: NotationTrust,
  now: Date,
): Promise<Verdict> {
  if (trust.policy.actions === undefined) return { verdict: 'ignored' };
  const found = (await registry.referrers(artifact.digest)).filter(
    ({ artifactType }) => artifactType === SIGNATURE,
  );
  if (found.length === 0) return failed(`no signature is associated with "${artifact.digest}"`);
  const problems: string[] = [];
  for (const descriptor of found.slice(0, MAX_ATTEMPTS)) {
    const result = await verifyOne(registry, descriptor, artifact, trust, now);
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
  now: Date,
): Promise<Verdict> {
  let envelope: Envelope;
  try {
    envelope = await fetchEnvelope(registry, descriptor);
  } catch (error) {
    // What one signature is wrong with is that signature's; a registry that fails is everybody's.
    if (isFault(error) && !isFault(error, 'malformed', 'not-found', 'too-large', 'unsupported')) throw error;
    return failed(messageOf(error).slice(0, 300));
  }
  const checked = check(envelope, trust, now);
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

/** Every check after that of integrity, in upstream's order. */
function check(envelope: Envelope, { policy, certificates }: NotationTrust, now: Date): Verdict {
  const problems: readonly (readonly [Check, string | undefined])[] = [
    ['authenticity', authenticityProblem(envelope, policy, certificates)],
    ['expiry', expiryProblem(envelope, now)],
    ['authenticTimestamp', timeProblem(envelope, policy, now)],
    [
      'revocation',
      envelope.chain.some((one) => factsOf(one)?.isRevocable !== false) ? REVOCATION : undefined,
    ],
  ];
  for (const [what, problem] of problems)
    if (problem !== undefined && policy.actions?.[what] === 'enforce') return failed(problem);
  const isAuthentic = problems[0]?.[1] === undefined;
  return { verdict: isAuthentic ? 'verified' : 'ignored' };
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

function timeProblem(
  { chain, scheme, signingTime }: Envelope,
  policy: TrustPolicy,
  now: Date,
): string | undefined {
  const isAuthority = scheme === SCHEMES.authority;
  if (!isAuthority && policy.alwaysStamped) return STAMPS;
  // What a signer says of the time counts only where the scheme has an authority vouch for it.
  const at = isAuthority && signingTime !== undefined ? signingTime : now;
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
