import type { Profile } from './core/cluster-record.ts';
import type { DeadLetters } from './core/dead-letters.ts';
import type { Deployment } from './core/deployment.ts';
import type { QueueName } from './core/messages.ts';
import type { Metrics } from './core/metrics.ts';
import type { Clusters } from './ports/cluster.ts';
import type { Http, ProxyAddress } from './ports/http.ts';
import type { Identities } from './ports/identities.ts';

export type * from './ports/cluster.ts';
export type * from './ports/http.ts';
export type * from './ports/identities.ts';

/** Faults of every port are `Fault`s (core/failures.ts); nothing here ever returns half an answer. */

// --- Object store -------------------------------------------------------------------------------------------------

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly lastModified: Date;
}

export interface StoredEntry {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** Put only if the stored etag is `ifMatch`, or only if nothing is there (`ifAbsent`). */
export interface PutCondition {
  readonly ifMatch?: string;
  readonly ifAbsent?: boolean;
}

/** Keys are `/`-separated, at most 1024 UTF-8 bytes, as in S3. */
export interface ObjectStore {
  get(key: string): Promise<StoredObject | undefined>;
  head(key: string): Promise<StoredEntry | undefined>;
  /** Faults: `precondition-failed` when the condition does not hold. */
  put(key: string, body: Uint8Array, condition?: PutCondition): Promise<{ readonly etag: string }>;
  /** Absent is fine. Faults: `precondition-failed` when `ifMatch` is given and something else is there. */
  delete(key: string, condition?: { readonly ifMatch?: string }): Promise<void>;
  /** Every key under `prefix`, in UTF-8 byte order, all pages. */
  list(prefix: string): AsyncIterable<StoredEntry>;
}

export interface OutgoingMessage {
  /** JSON, at most 256 KiB. */
  readonly body: string;
  /** FIFO queues only, at most 128 characters. */
  readonly group?: string;
  /** FIFO queues only, at most 128 characters: an equal id within 5 minutes in the same group is dropped, even when handled. */
  readonly dedupId?: string;
  /** Standard queues only: whole seconds, at most 900. */
  readonly delaySeconds?: number;
}

export interface Queues {
  /** All or a Fault; a partial failure is retried inside, then thrown. */
  send(queue: QueueName, messages: readonly OutgoingMessage[]): Promise<void>;
}

/** Whether a delivery is done with; not done means that it comes again. */
export interface Settled {
  readonly id: string;
  readonly ok: boolean;
}

/** What a handler receives; SQS records and the local queue's rows both become this. */
export interface Delivery {
  readonly id: string;
  readonly body: string;
  readonly group?: string;
  readonly receiveCount: number;
}

/** Small secrets by name, such as a cluster's kubeconfig. */
export interface Secrets {
  get(name: string): Promise<string | undefined>;
  put(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
}

// --- Git, HTTP, processes -----------------------------------------------------------------------------------------

export interface GitAuth {
  readonly username?: string;
  /** For ssh the passphrase of `identity`. */
  readonly password?: string;
  readonly bearerToken?: string;
  /** A private key and whom to show it to, in OpenSSH's formats; for ssh URLs. */
  readonly identity?: string;
  readonly knownHosts?: string;
  /** PEM, added to the system's roots. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

export interface GitAddress {
  readonly url: string;
  readonly auth: GitAuth;
  /** Whose rules of egress hold: `lockdown` refuses private addresses. Default `flux`. */
  readonly profile?: Profile;
  readonly proxy?: ProxyAddress;
}

export interface GitRef {
  readonly name: string;
  /** Object id of what the ref names. */
  readonly id: string;
  /** The commit an annotated tag points to. */
  readonly peeled?: string;
}

export interface GitFetch {
  readonly want: readonly string[];
  /** Commits' depth; absent means full history. */
  readonly depth?: number;
  /** Commits the caller already has. */
  readonly have?: readonly string[];
  /** Those of `have` whose parents the caller lacks. */
  readonly shallow?: readonly string[];
  /** Whether deltas may rest on what `have` names; where the server cannot, the answer may hold what was had. */
  readonly thin?: boolean;
  /** Such as `tree:0` (commits only); ignored where the server cannot filter, so the answer may hold more. */
  readonly filter?: string;
}

/** A repository over HTTP(S) or SSH, protocol v2 (v0 as a fall-back). Faults: unauthorized, not-found, unreachable, timeout, too-large, malformed, egress-denied. */
export interface GitRemote {
  /** One request: the refs that start with any of `prefixes`. */
  lsRefs(prefixes: readonly string[]): Promise<readonly GitRef[]>;
  /** The bare bytes of one pack, its trailing checksum not yet verified, capped by `maxBytes`. */
  fetchPack(fetch: GitFetch, maxBytes: number): Promise<Uint8Array>;
}

export interface Git {
  open(address: GitAddress, signal: AbortSignal): GitRemote;
}

/** Files by path relative to the root, `/`-separated. */
export type FileTree = ReadonlyMap<string, Uint8Array>;

/** Runs the real kustomize on a tree, isolated: empty environment, private directory, deadline, bounded memory and output. */
export interface Exec {
  /** Multi-document YAML. Faults: `invalid` (kustomize's message without local paths), `timeout`, `too-large`, `unsupported` (no kustomize on this machine). */
  kustomize(tree: FileTree, path: string, signal: AbortSignal): Promise<string>;
}

export interface Clock {
  now(): Date;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Fires after that time. */
  timeout(milliseconds: number): AbortSignal;
}

export interface Chance {
  uuid(): string;
  /** In [0, 1). */
  number(): number;
}

export interface Log {
  info(message: string, data?: Readonly<Record<string, unknown>>): void;
  warn(message: string, data?: Readonly<Record<string, unknown>>): void;
  error(message: string, data?: Readonly<Record<string, unknown>>): void;
}

export type { DeadLetters, Deployment, Metrics };

/** Everything a handler can reach: the world is an argument. */
export interface Ports {
  readonly deployment: Deployment;
  readonly store: ObjectStore;
  readonly queues: Queues;
  readonly clusters: Clusters;
  readonly git: Git;
  /** By whose rules of egress the addresses of tenants are reached. */
  readonly http: (profile: Profile) => Http;
  readonly identities: Identities;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Absent: nothing is measured. */
  readonly metrics?: Metrics;
  /** Where consumers fetch the file at `path` (`<kind>/<namespace>/<name>/<file>`) of a cluster's artifacts (COM-14). */
  readonly artifactUrl: (cluster: string, path: string) => string;
}
