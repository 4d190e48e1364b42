import { Fault } from '../failures.ts';
import type { AwsCredentials } from '../sigv4.ts';

/** Keys of a session, until then. */
export interface AwsSession extends AwsCredentials {
  readonly expiresAt: Date;
}

/** The keys in what STS answered about a role. Faults: `server-error`, `throttled`, `unauthorized` with STS's own code. */
export function sessionIn(text: string, status: number, role: string): AwsSession {
  const field = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  const keys = {
    accessKeyId: field('AccessKeyId'),
    secretAccessKey: field('SecretAccessKey'),
    sessionToken: field('SessionToken'),
  };
  const expiresAt = new Date(field('Expiration'));
  const isWhole = Object.values(keys).every(Boolean) && !Number.isNaN(expiresAt.getTime());
  if (status === 200 && isWhole) return { ...keys, expiresAt };
  if (status >= 500) throw new Fault('server-error', `STS answered ${status}`, { status });
  const said = field('Code') || `STS answered ${status}`;
  const code = said.startsWith('Throttl') ? 'throttled' : 'unauthorized';
  throw new Fault(code, `${role} cannot be assumed: ${said}; look at its trust policy`, { status });
}
