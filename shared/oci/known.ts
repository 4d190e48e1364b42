import type { Http } from '../ports.ts';
import type { RegistryCredentials } from './credentials.ts';

/** What one way out has learned of registries; forgetting it costs a request or two. */
export interface Known {
  readonly schemes: Bounded<'http' | 'https'>;
  readonly authorizations: Bounded<Authorization>;
  /** By the identity of a cloud that asked. */
  readonly logins: Bounded<Login>;
}

/** A header that a registry takes, until `expires` (milliseconds since 1970). */
export interface Authorization {
  readonly header: string;
  readonly expires: number;
}

/** What a cloud gave for a registry of its own, until `expires` (milliseconds since 1970). */
export interface Login {
  readonly credentials: RegistryCredentials;
  readonly expires: number;
}

interface Bounded<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/** Ours: a worker sees a few hundred repositories at most. */
const MAX_KNOWN = 2000;

const byHttp = new WeakMap<Http, Known>();

/** What is remembered for the requests of `http`, and for no other's. */
export function knownFor(http: Http): Known {
  const present = byHttp.get(http);
  if (present !== undefined) return present;
  const known = {
    schemes: bounded<'http' | 'https'>(),
    authorizations: bounded<Authorization>(),
    logins: bounded<Login>(),
  };
  byHttp.set(http, known);
  return known;
}

function bounded<Value>(): Bounded<Value> {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      if (entries.size >= MAX_KNOWN) entries.clear();
      entries.set(key, value);
    },
    delete: (key) => entries.delete(key),
  };
}
