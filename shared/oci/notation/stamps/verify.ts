import type { X509Certificate } from 'node:crypto';
import { messageOf } from '../../../core/failures.ts';
import { named } from '../chain.ts';
import type { Envelope } from '../envelope.ts';
import type { Inquiry } from '../revocation/ask.ts';
import { revocationProblem } from '../revocation/status.ts';
import { signerChain } from './signer.ts';
import { digestOf, readToken, type Token } from './token.ts';

/**
 * Why a signature's time stamp does not prove that it was made while its certificates were valid; undefined when it
 * does. Faults: those of the Http port once the run is over.
 */
export async function stampProblem(
  { timeStamp, signature, chain }: Pick<Envelope, 'timeStamp' | 'signature' | 'chain'>,
  trusted: readonly X509Certificate[],
  inquiry: Inquiry,
): Promise<string | undefined> {
  if (timeStamp === undefined || timeStamp.length === 0)
    return 'no timestamp countersignature was found in the signature envelope';
  let stamped: readonly X509Certificate[];
  let token: Token;
  try {
    token = readToken(timeStamp);
    if (!token.imprint.digest.equals(digestOf(token.imprint.hash, signature)))
      throw new Error('it is of another signature');
    stamped = signerChain(token, trusted);
  } catch (error) {
    return `failed to verify the timestamp countersignature: ${messageOf(error).slice(0, 300)}`;
  }
  return rangeProblem(token, chain) ?? (await revocationProblem(stamped, 'timestamping', undefined, inquiry));
}

/** The whole range that the stamp can mean has to be within the time of every certificate. */
function rangeProblem({ earliest, latest }: Token, chain: readonly X509Certificate[]): string | undefined {
  for (const certificate of chain) {
    if (earliest < certificate.validFromDate.getTime())
      return `timestamp can be before the time of certificate ${named(certificate)}, from ${certificate.validFrom}`;
    if (latest > certificate.validToDate.getTime())
      return `timestamp can be after the time of certificate ${named(certificate)}, until ${certificate.validTo}`;
  }
  return undefined;
}
