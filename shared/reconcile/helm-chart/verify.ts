import type { HelmChart } from '../../api/helm-chart.ts';
import { REASON } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import type { Scope } from '../reconciler.ts';
import { judgeSignature, providerName } from '../signature/judge.ts';
import type { Verified } from '../source/outcome.ts';
import type { Candidate } from './decide.ts';
import type { OpenedChart } from './observe.ts';
import { buildTrouble, otherTrouble, type Troubled } from './trouble.ts';

/** Holds the chart's signatures against what the spec trusts, on every run (HC-02). */
export async function verifyChart(
  { metadata, spec }: HelmChart,
  candidate: Candidate,
  opened: OpenedChart,
  scope: Scope,
): Promise<{ readonly verified: Verified } | Troubled> {
  const { verify } = spec;
  if (verify === undefined) return { verified: 'nothing' };
  if (opened.from !== 'repository' || opened.picked.signed === undefined)
    return buildTrouble('ChartVerificationError', 'not implemented');
  const { picked } = opened;
  try {
    const signed = await opened.picked.signed();
    const demand = { ...verify, needsKeys: true };
    const verdict = await judgeSignature(metadata.namespace, demand, signed, scope);
    if (verdict.verdict === 'verified')
      return { verified: { message: `verified signature of version ${candidate.version}` } };
    if (verdict.verdict === 'ignored') return { verified: 'before' };
    if (verdict.isOfTrust === true) return distrusted(providerName(verify), verdict.message);
    return refused(picked.url, verdict.message);
  } catch (error) {
    if (!isFault(error)) throw error;
    return refused(picked.url, messageOf(error));
  }
}

function refused(url: string, problem: string): Troubled {
  return buildTrouble('ChartVerificationError', `failed to verify ${url}: ${problem}`);
}

/** What is wrong with the Secret that says who is trusted. */
function distrusted(provider: string, problem: string): Troubled {
  const message = `failed to verify the signature using provider '${provider}': ${problem}`;
  const { trouble } = otherTrouble(REASON.verificationError, message);
  return { trouble: { ...trouble, unverified: trouble.told?.message ?? message } };
}
