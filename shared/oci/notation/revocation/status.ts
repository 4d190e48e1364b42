import type { X509Certificate } from 'node:crypto';
import { Postponed } from '../../../core/failures.ts';
import { type CertificateFacts, factsOf } from '../certificate-facts.ts';
import { named } from '../chain.ts';
import { askResponder, hostOf, type Inquiry, troubleWith, withList } from './ask.ts';
import { type RevocationList, readList } from './list.ts';
import { ocspQuestion, readOcspAnswer } from './ocsp.ts';

/** Whether a certificate is revoked; `why` nobody knows. */
export type Status =
  | { readonly status: 'good' }
  | { readonly status: 'revoked' }
  | { readonly status: 'unknown'; readonly why: string };

/** Ours: addresses of one kind in one certificate; the public authorities' have three at most. */
const MAX_ADDRESSES = 4;
/** RFC 5280's reasons that are not for ever. */
const ON_HOLD = 6;
const TAKEN_OFF = 8;

interface Link {
  readonly certificate: X509Certificate;
  readonly facts: CertificateFacts;
  readonly issuer: X509Certificate;
  /** When it was signed, where an authority vouches for it; milliseconds since 1970. */
  readonly signedAt: number | undefined;
}

/**
 * Why a chain, leaf first, cannot be trusted any more: one of its certificates is revoked, or nobody knows. OCSP is
 * asked first, then lists; what names neither cannot be revoked. Faults: those of the Http port once the run is over.
 */
export async function revocationProblem(
  chain: readonly X509Certificate[],
  purpose: 'signing' | 'timestamping',
  signedAt: Date | undefined,
  inquiry: Inquiry,
): Promise<string | undefined> {
  const links = chain.slice(0, -1).map((certificate, index): Link | undefined => {
    const facts = factsOf(certificate);
    return (
      facts && {
        certificate,
        facts,
        issuer: chain[index + 1] as X509Certificate,
        signedAt: signedAt?.getTime(),
      }
    );
  });
  const asked = await Promise.all(links.map((link) => link && byOcsp(link, inquiry)));
  let unknown: string | undefined;
  // Lists may be large: one at a time.
  for (const [index, link] of links.entries()) {
    const certificate = chain[index] as X509Certificate;
    const result = await afterOcsp(link, asked[index], inquiry);
    if (result.status === 'revoked')
      return `${purpose} certificate with subject ${named(certificate)} is revoked`;
    if (result.status === 'unknown')
      unknown ??= `${purpose} certificate with subject ${named(certificate)} revocation status is unknown: ${result.why}`;
  }
  return unknown;
}

/** What OCSP has said, else what lists say. */
async function afterOcsp(
  link: Link | undefined,
  asked: Status | undefined,
  inquiry: Inquiry,
): Promise<Status> {
  if (link === undefined) return { status: 'unknown', why: 'the certificate cannot be read' };
  if (asked !== undefined && asked.status !== 'unknown') return asked;
  if (link.facts.listUrls.length === 0) return asked ?? { status: 'good' };
  const listed = await byLists(link, inquiry);
  if (listed.status !== 'unknown' || asked === undefined) return listed;
  return { status: 'unknown', why: `${asked.why}; ${listed.why}` };
}

/** The first responder that says anything is believed; undefined when there is none to ask. */
async function byOcsp(link: Link, inquiry: Inquiry): Promise<Status | undefined> {
  const { certificate, facts, issuer, signedAt } = link;
  const issuerFacts = factsOf(issuer);
  if (facts.ocspUrls.length === 0) return undefined;
  if (issuerFacts === undefined) return { status: 'unknown', why: 'its issuer cannot be read' };
  const question = ocspQuestion(facts, issuerFacts);
  let why = '';
  for (const address of facts.ocspUrls.slice(0, MAX_ADDRESSES)) {
    try {
      const bytes = await askResponder(address, question, inquiry);
      const answer = readOcspAnswer(bytes, certificate, issuer, inquiry.clock.now());
      if (answer.status === 'unknown')
        return { status: 'unknown', why: `OCSP at ${hostOf(address)} does not know it` };
      const isGood = answer.status === 'good' || isBefore(signedAt, answer.invalidSince);
      return { status: isGood ? 'good' : 'revoked' };
    } catch (error) {
      why = `OCSP at ${hostOf(address)}: ${troubleWith(error, inquiry)}`;
    }
  }
  return { status: 'unknown', why };
}

/** All of them have to say that it is not revoked; one is enough that says it is. */
async function byLists({ certificate, facts, issuer, signedAt }: Link, inquiry: Inquiry): Promise<Status> {
  if (facts.listUrls.length > MAX_ADDRESSES)
    return { status: 'unknown', why: `it names more than ${MAX_ADDRESSES} lists` };
  for (const address of facts.listUrls) {
    try {
      const read = (url: string): Promise<RevocationList> =>
        withList(url, inquiry, (bytes) => readList(bytes, certificate, issuer, inquiry.clock.now()));
      const base = await read(address);
      const changes = await changesOf(base, facts, read);
      if (isRevoked([...base.entries, ...(changes?.entries ?? [])], signedAt)) return { status: 'revoked' };
    } catch (error) {
      return { status: 'unknown', why: `list at ${hostOf(address)}: ${troubleWith(error, inquiry)}` };
    }
  }
  return { status: 'good' };
}

/** The list of what has changed since, where there is one. Throws an Error when it is missing or does not fit. */
async function changesOf(
  { number, changesSince, changesUrls }: RevocationList,
  { hasChanges }: CertificateFacts,
  read: (url: string) => Promise<RevocationList>,
): Promise<RevocationList | undefined> {
  // Upstream takes one for a whole list.
  if (changesSince !== undefined) throw new Error('it is a list of changes only');
  if (changesUrls.length === 0 && hasChanges) throw new Error('it does not say where the changes are');
  if (changesUrls.length === 0) return undefined;
  const changes = await firstOf(changesUrls.slice(0, MAX_ADDRESSES), read);
  if (number === undefined || changes.number === undefined || changes.number <= number)
    throw new Error('the list of changes is not newer');
  if (changes.changesSince === undefined) throw new Error('the list of changes is none');
  if (changes.changesSince > number) throw new Error('the list of changes is of a newer list');
  return changes;
}

async function firstOf(
  urls: readonly string[],
  read: (url: string) => Promise<RevocationList>,
): Promise<RevocationList> {
  const [url, ...others] = urls as [string, ...string[]];
  try {
    return await read(url);
  } catch (error) {
    if (others.length === 0 || error instanceof Postponed) throw error;
    return firstOf(others, read);
  }
}

/** Throws an Error when what is said is not understood. */
function isRevoked(entries: RevocationList['entries'], signedAt: number | undefined): boolean {
  let last: RevocationList['entries'][number] | undefined;
  for (const entry of entries) {
    if (entry.isUnclear) throw new Error('what it says has an unknown critical extension');
    if (isBefore(signedAt, entry.invalidSince)) return false;
    if (entry.reason !== ON_HOLD && entry.reason !== TAKEN_OFF) return true;
    if (last === undefined || last.revokedAt < entry.revokedAt) last = entry;
  }
  return last?.reason === ON_HOLD;
}

/** Whether the signature was made before its key went wrong. */
function isBefore(signedAt: number | undefined, invalidSince: number | undefined): boolean {
  return invalidSince !== undefined && signedAt !== undefined && signedAt < invalidSince;
}
