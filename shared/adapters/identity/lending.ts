import type { Deployment } from '../../core/deployment.ts';
import { Fault } from '../../core/failures.ts';
import type { Asker } from '../../ports.ts';
import type { Asking } from './ask.ts';
import type { CloudEndpoints } from './endpoints.ts';
import type { Keep } from './kept.ts';

/** What every provider works with. */
export interface Lending extends Asking {
  readonly keep: Keep;
  readonly endpoints: CloudEndpoints;
  /** Keys of registered roles; absent where there is no AWS. */
  readonly assumeIdentity?: Deployment['assumeIdentity'];
}

/** The account that is named; Fault `forbidden` without one: its token is shown to whom the asker names. */
export function accountNameOf({ serviceAccount }: Asker): string {
  if (serviceAccount !== undefined) return serviceAccount;
  throw new Fault('forbidden', 'Kubernetes is asked as a service account only; name one');
}

/** When a token ends whose answer gives its seconds; an hour, the least that the clouds give, when it does not. */
export function lifetimeOf(seconds: unknown, now: Date): Date {
  const given = Number(seconds);
  return new Date(now.getTime() + (given > 0 ? given : 3600) * 1000);
}
