import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault } from '../core/failures.ts';
import type { HttpAnswer } from '../ports.ts';
import type { RegistryAccess, Session } from './access.ts';
import { type Known, knownFor } from './known.ts';
import { nameOf, type OciRepository } from './repository.ts';
import { authorize } from './tokens.ts';

/** What is asked below `/v2/<repository>/`; redirects are followed by the Http port, without credentials to other hosts. */
export interface Question {
  readonly method: 'GET' | 'HEAD';
  /** Such as `manifests/latest`, encoded as a URL needs it. */
  readonly path: string;
  readonly accept?: string;
  readonly maxBytes: number;
}

/** Opens a repository; nothing is asked yet. */
export function openSession(repository: OciRepository, access: RegistryAccess): Session {
  const { ca, clientCertificate, credentials, insecure, proxy } = access;
  const parts = [nameOf(repository), ca, clientCertificate, credentials, insecure, proxy];
  return { repository, access, identity: sha256Hex(JSON.stringify(parts)) };
}

/** The registry's answer, whatever its status, after it was given what it asks for. Faults: those of the Http port, `unauthorized`. */
export async function ask(session: Session, question: Question): Promise<HttpAnswer> {
  const known = knownFor(session.access.http);
  const now = session.access.clock.now().getTime();
  const remembered = known.authorizations.get(session.identity);
  const authorization = remembered && remembered.expires > now ? remembered.header : undefined;
  const first = await send(session, known, question, authorization);
  if (!isChallenge(session, first)) return first;
  known.authorizations.delete(session.identity);
  const granted = await authorize(session, first);
  if (granted === undefined) return first;
  known.authorizations.set(session.identity, granted);
  return send(session, known, question, granted.header);
}

/** A refusal of whoever a redirect led to is not the registry's, and gets no credentials. */
function isChallenge({ repository }: Session, { status, url }: HttpAnswer): boolean {
  return status === 401 && new URL(url).host === new URL(`https://${repository.registry}`).host;
}

async function send(
  session: Session,
  known: Known,
  question: Question,
  authorization: string | undefined,
): Promise<HttpAnswer> {
  const { identity } = session;
  if (!session.access.insecure) return request(session, 'https', question, authorization);
  const scheme = known.schemes.get(identity);
  if (scheme !== undefined) return request(session, scheme, question, authorization);
  try {
    const answer = await request(session, 'https', question, authorization);
    known.schemes.set(identity, 'https');
    return answer;
  } catch (error) {
    // Go's client, hence Flux's, asks over HTTPS first as well.
    if (!isFault(error, 'unreachable', 'malformed')) throw error;
    const answer = await plain(session, question, authorization, error);
    known.schemes.set(identity, 'http');
    return answer;
  }
}

async function plain(session: Session, question: Question, authorization: string | undefined, before: Fault) {
  try {
    return await request(session, 'http', question, authorization);
  } catch (error) {
    if (!isFault(error, 'unreachable')) throw error;
    throw new Fault('unreachable', `${error.message}; over HTTPS: ${before.message}`, error.data, error);
  }
}

function request(
  { repository, access }: Session,
  scheme: 'http' | 'https',
  { method, path, accept, maxBytes }: Question,
  authorization: string | undefined,
): Promise<HttpAnswer> {
  const { ca, clientCertificate, trustAnyCertificate, proxy, signal } = access;
  return access.http.request({
    method,
    url: `${scheme}://${repository.registry}/v2/${repository.path}/${path}`,
    headers: {
      // The bytes are what their digest says as they are stored.
      'accept-encoding': 'identity',
      ...(accept !== undefined && { accept }),
      ...(authorization !== undefined && { authorization }),
    },
    signal,
    maxBytes,
    ...(ca !== undefined && { ca }),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(trustAnyCertificate !== undefined && { trustAnyCertificate }),
    ...(proxy !== undefined && { proxy }),
  });
}
