import { Fault } from '../../core/failures.ts';
import type { Cluster } from '../../ports.ts';
import { type Caller, createCaller } from './caller.ts';
import { createDiscovery } from './discovery.ts';
import { readOperations } from './reads.ts';
import { createSharing } from './sharing.ts';
import { createTransport, type Identity, type Transport, type TransportOptions } from './transport.ts';
import { WATCH_STALL_MS } from './watches.ts';
import { writeOperations } from './writes.ts';

export type { Credentials } from './agents.ts';

/** How to reach one API server as one identity. */
export interface ConnectOptions extends TransportOptions {
  readonly id: string;
  /** Milliseconds of silence after which a watch faults with `timeout`. */
  readonly watchStallMs?: number;
  /** The most objects of one list; without bound unless it is set. */
  readonly maxListed?: number;
}

/** A cluster with its sockets; `close` lets what is in flight finish. */
export type Connection = Cluster & Pick<Transport, 'close' | 'useCredentials'>;

/** Connects lazily: no request is sent before the first call. Fault `invalid` when an option is unusable. */
export function connect(options: ConnectOptions): Connection {
  const transport = createTransport(options);
  const discovery = createDiscovery((request) => transport.call(request, { signals: [] }));
  const watchStallMs = options.watchStallMs ?? WATCH_STALL_MS;
  const maxListed = options.maxListed ?? Number.POSITIVE_INFINITY;
  const share = createSharing();
  const callerFor = (identity: Identity) =>
    createCaller({ transport, discovery, identity, share, watchStallMs, maxListed });
  const { close, useCredentials } = transport;
  return { ...clusterOf(options.id, callerFor, { signals: [] }), close, useCredentials };
}

function clusterOf(id: string, callerFor: (identity: Identity) => Caller, identity: Identity): Cluster {
  const { signals } = identity;
  const caller = callerFor(identity);
  return {
    id,
    as: (user) => clusterOf(id, callerFor, { user: checkedUser(user), signals }),
    until: (signal) => clusterOf(id, callerFor, { ...identity, signals: [...signals, signal] }),
    ...readOperations(caller),
    ...writeOperations(caller),
  };
}

/** A header holds printable ASCII only, as do the names of service accounts. */
function checkedUser(user: string): string {
  if (/^[!-~]([ -~]*[!-~])?$/.test(user)) return user;
  throw new Fault('invalid', 'a user to impersonate is printable ASCII, and not empty', { field: 'user' });
}
