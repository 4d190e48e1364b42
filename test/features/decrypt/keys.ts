import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { type KeyWorld, type LentKeys, openKeyRing } from '../../../shared/decrypt/keys/key-ring.ts';
import type { Unwrap } from '../../../shared/decrypt/master-keys.ts';
import type { Clock, Http, HttpAnswer, HttpRequest } from '../../../shared/ports.ts';

/** An age key and whom it decrypts for. */
export interface AgePair {
  readonly identity: string;
  readonly recipient: string;
}

export async function agePair(kind: 'x25519' | 'hybrid' = 'x25519'): Promise<AgePair> {
  const identity = await (kind === 'hybrid' ? generateHybridIdentity() : generateX25519Identity());
  return { identity, recipient: await identityToRecipient(identity) };
}

function nobody(): Promise<never> {
  return Promise.reject(new Fault('forbidden', 'nobody lends an identity'));
}

export const NOBODY: LentKeys = { aws: nobody, azure: nobody, google: nobody, vault: nobody };

/** The requests that were made, answered by `answer`. */
export function httpBy(
  answer: (request: HttpRequest, body: string) => Partial<HttpAnswer> & { readonly json?: unknown },
) {
  const requests: {
    readonly url: string;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  }[] = [];
  const http: Http = {
    request: async (request) => {
      const body = new TextDecoder().decode(request.body);
      requests.push({ url: request.url, body, headers: request.headers ?? {} });
      const { json, ...given } = answer(request, body);
      const bytes = new TextEncoder().encode(json === undefined ? '' : JSON.stringify(json));
      return { status: 200, headers: {}, body: bytes, url: request.url, ...given };
    },
  };
  return { http, requests };
}

export const NO_HTTP: Http = { request: () => Promise.reject(new Error('no request was expected')) };

export const CLOCK: Pick<Clock, 'now' | 'timeout'> = {
  now: () => new Date('2026-03-04T05:06:07Z'),
  timeout: (milliseconds) => systemClock.timeout(milliseconds),
};

/** A ring of what a Secret holds. */
export function ringOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  world: Partial<KeyWorld> = {},
  ageOnly = false,
): Promise<Unwrap> {
  const entries = Object.entries(files).map(([name, file]) => [name, Buffer.from(file)] as const);
  const secret = { files: new Map(entries), title: "decryption Secret 'apps/keys'", ageOnly };
  const whole = {
    ...{ http: NO_HTTP, clock: CLOCK, signal: AbortSignal.timeout(60_000), lent: NOBODY },
    chance: { uuid: () => '00000000-0000-4000-8000-000000000000' },
  };
  return openKeyRing(secret, { ...whole, ...world });
}
