import { Fault } from '../../core/failures.ts';
import { parseJson } from '../../core/json.ts';
import type { ApiResource } from '../../ports.ts';
import type { Discovery } from './discovery.ts';
import type { Answer } from './exchange.ts';
import { abortFault } from './exchange.ts';
import { type About, answerFault, isUnknownPath, noSuchKind } from './faults.ts';
import { pathOf, type Target } from './paths.ts';
import type { Share } from './sharing.ts';
import type { ApiRequest, Identity, Transport } from './transport.ts';

/** What every operation of one cluster as one identity works with. */
export interface Session {
  readonly transport: Transport;
  readonly discovery: Discovery;
  readonly identity: Identity;
  readonly share: Share;
  readonly watchStallMs: number;
  /** The most objects of one list. */
  readonly maxListed: number;
}

/** Sends requests about kinds and makes Faults of refusals. */
export interface Caller extends Session {
  /** Discovery, given up with the identity's signals. */
  find(kind: { readonly apiVersion: string; readonly kind: string }): Promise<ApiResource | undefined>;
  /** Sends to a fixed path and parses the answer; any status but 2xx is a Fault. */
  send(request: ApiRequest): Promise<unknown>;
  /** Sends to the discovered path of `target`. Fault `no-such-kind` when the server does not serve it. */
  sendTo(target: Target, requestFor: (path: string) => ApiRequest): Promise<unknown>;
  /** As `sendTo`, for a GET, which callers who want the same at the same time share. */
  readTo(
    target: Target,
    requestFor: (path: string) => ApiRequest,
    options?: { readonly gather?: boolean },
  ): Promise<unknown>;
  /** The discovered path of `target`. Fault `no-such-kind`. */
  locate(target: Target): Promise<string>;
}

/** The caller of one session. */
export function createCaller(session: Session): Caller {
  const { transport, discovery, identity, share } = session;
  const find: Caller['find'] = (kind) =>
    untilAborted(discovery.find(kind), identity.signals, { method: 'GET', path: `/${kind.apiVersion}` });

  async function locate(target: Target): Promise<string> {
    const resource = await find(target);
    if (!resource) throw noSuchKind(target);
    return pathOf(resource, target);
  }

  async function send(request: ApiRequest): Promise<unknown> {
    return parseAnswer(await transport.call(request, identity), request);
  }

  async function sendTo(target: Target, requestFor: (path: string) => ApiRequest): Promise<unknown> {
    const path = await locate(target);
    const request = requestFor(path);
    const answer = await transport.call(request, identity);
    if (!isUnknownPath(answer)) return parseAnswer(answer, request);
    // A discovered path that the server does not know is a CRD's that went or changed: looks once more.
    discovery.forget(target.apiVersion);
    const changed = await locate(target);
    if (changed !== path) return send(requestFor(changed));
    throw target.subresource ? answerFault(answer, request) : noSuchKind(target);
  }

  /** Those who share do not end with one another's signals. */
  const readTo: Caller['readTo'] = (target, requestFor, options) => {
    const { signals, user = '' } = identity;
    const { apiVersion, kind, namespace = '', name = '' } = target;
    const about = requestFor('');
    const key = [user, apiVersion, kind, namespace, name, about.path, about.accept].join('\n');
    const alone =
      signals.length === 0 ? sendTo : createCaller({ ...session, identity: withoutSignals(identity) }).sendTo;
    return untilAborted(
      share(key, () => alone(target, requestFor), options),
      signals,
      about,
    );
  };
  return { ...session, find, send, locate, sendTo, readTo };
}

function withoutSignals({ user }: Identity): Identity {
  return { signals: [], ...(user !== undefined && { user }) };
}

/** The JSON object of a 2xx answer; faults: those of a refusal, `malformed` for anything that is not one. */
export function parseAnswer(answer: Answer, about: About): unknown {
  if (answer.status < 200 || answer.status > 299) throw answerFault(answer, about);
  try {
    const parsed: unknown = parseJson(answer.text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Said below.
  }
  const { method, path } = about;
  throw new Fault('malformed', 'the server sent an answer that is not a JSON object', { method, path });
}

function untilAborted<T>(work: Promise<T>, signals: readonly AbortSignal[], about: About): Promise<T> {
  if (signals.length === 0) return work;
  return new Promise<T>((resolve, reject) => {
    const stops = signals.map((signal) => {
      const stop = () => reject(abortFault(signal, about));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      return () => signal.removeEventListener('abort', stop);
    });
    work.then(resolve, reject).finally(() => {
      for (const stop of stops) stop();
    });
  });
}
