import { Fault } from './failures.ts';
import { type AwsCredentials, signatureOf } from './sigv4.ts';

/** The region of an HTTPS URL of CodeCommit. Fault `invalid`. */
export function codeCommitRegion(url: string): string {
  const { protocol, hostname, host } = new URL(url);
  if (protocol !== 'https:') throw invalid('AWS CodeCommit authentication requires an HTTPS Git URL');
  // Nothing between region and domain: a bucket of anybody's may be called so, and would be told the session.
  const region = /^git-codecommit(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1];
  if (region === undefined) throw invalid(`invalid AWS CodeCommit Git URL: ${host}`);
  return region;
}

/** The user and the password that CodeCommit takes for 15 minutes: Signature Version 4 of a method of its own, GIT. */
export function codeCommitLogin(
  url: string,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  now: Date,
): { readonly username: string; readonly password: string } {
  const { host, pathname } = new URL(url);
  // Without the Z that the time in the password has.
  const time = now.toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const canonical = `GIT\n${pathname}\n\nhost:${host}\n\nhost\n`;
  const signature = signatureOf(canonical, time, secretAccessKey, { region, service: 'codecommit' });
  const username = sessionToken === undefined ? accessKeyId : `${accessKeyId}%${sessionToken}`;
  return { username, password: `${time}Z${signature}` };
}

function invalid(message: string): Fault {
  return new Fault('invalid', message, { about: 'authentication' });
}
