import { STORE_OWNER_KEY } from '../../../shared/reconcile/store-owner.ts';
import { type Finding, problem } from './finding.ts';

/** A problem when the store belongs to another deployment; nobody's is claimed by whoever works in it first. */
export function ownerFinding(
  owner: string | undefined,
  deployment: string,
  where: string,
): readonly Finding[] {
  if (owner === undefined || owner === deployment) return [];
  const what = `belongs to deployment ${owner}, and this is ${deployment}, so nothing is reconciled`;
  const todo = `give this deployment a store of its own or, when the other is gone for good, delete ${STORE_OWNER_KEY} in it`;
  return [problem(where, what, todo)];
}
