import type { X509Certificate } from 'node:crypto';
import { oid } from '../asn1/der.ts';
import { EXTENSION, factsOf } from '../certificate-facts.ts';
import { chainProblem, FOR_STAMPS, isIssuedBy, MAX_CHAIN, named } from '../chain.ts';
import type { Token } from './token.ts';

const FOR_ANYTHING = oid('2.5.29.37.0');
/** What is looked at here, or demands nothing of who verifies. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.purposes,
  EXTENSION.alternativeName,
  EXTENSION.policies,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.anyPolicy,
  EXTENSION.listPoints,
]);

/** From who signed a stamp up to a root that is trusted, all of them for stamps and valid at its time. Throws an Error. */
export function stampChain(
  leaf: X509Certificate,
  token: Token,
  trusted: readonly X509Certificate[],
): readonly X509Certificate[] {
  const known = [...trusted, ...token.certificates];
  // An authority that was renewed has several: those that were valid come first, what is wrong with others is told.
  const valid = known.filter((one) => problemAt(one, token.time) === undefined);
  const chain = chainTo(leaf, valid, trusted) ?? chainTo(leaf, known, trusted);
  if (chain === undefined) throw new Error(`${named(leaf)} does not lead to a root that is trusted`);
  for (const certificate of chain) {
    const problem = problemAt(certificate, token.time);
    if (problem !== undefined) throw new Error(`certificate ${named(certificate)} ${problem}`);
  }
  const problem = chainProblem(chain, 'stamps');
  if (problem !== undefined) throw new Error(problem);
  return chain;
}

/** The first way up; every certificate is looked at once. */
function chainTo(
  leaf: X509Certificate,
  known: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const seen = new Set<string>();
  const climb = (below: readonly X509Certificate[]): readonly X509Certificate[] | undefined => {
    const last = below.at(-1) as X509Certificate;
    if (isIssuedBy(last, last)) return trusted.some(({ raw }) => raw.equals(last.raw)) ? below : undefined;
    if (below.length >= MAX_CHAIN) return undefined;
    for (const issuer of known) {
      if (seen.has(issuer.fingerprint256) || !isIssuedBy(last, issuer)) continue;
      seen.add(issuer.fingerprint256);
      const found = climb([...below, issuer]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return climb([leaf]);
}

function problemAt(certificate: X509Certificate, time: number): string | undefined {
  const { validFromDate, validToDate } = certificate;
  if (time < validFromDate.getTime() || time > validToDate.getTime())
    return `was not valid at the time of the stamp, ${new Date(time).toUTCString()}`;
  const facts = factsOf(certificate);
  if (facts === undefined) return 'cannot be read';
  const { purposes, critical } = facts;
  if (purposes && !purposes.ids.includes(FOR_STAMPS) && !purposes.ids.includes(FOR_ANYTHING))
    return 'is not for time stamps';
  return critical.every((id) => UNDERSTOOD.has(id)) ? undefined : 'has an unknown critical extension';
}
