import type { LookupFunction } from 'node:net';
import { Fault, isFault } from '../../core/failures.ts';
import type { Clock, ClusterRecord, Clusters, ObjectStore, Secrets, StoredEntry } from '../../ports.ts';
import { isClusterId, parseRecord, RECORDS, recordKey } from './cluster-record.ts';
import { type Connection, connect } from './connect.ts';
import { type EksOptions, eksConfig } from './eks-access.ts';
import { type ParsedKubeconfig, parseKubeconfig } from './kubeconfig.ts';
import { createTargets, type TargetsOptions } from './targets.ts';

/** How long a record is believed within one worker, in milliseconds: one read a batch, and settings act within seconds. */
export const RECORD_KEPT_MS = 10_000;
/** How long credentials are kept before the secret is read again, in milliseconds; a 401, or a record that changed, reads it at once. */
export const CREDENTIALS_KEPT_MS = 60 * 60_000;

/** Ours: records read at a time by `list`. */
const PARALLEL_READS = 16;

/** What the registry is made of. */
export interface RegistryOptions extends TargetsOptions, EksOptions {
  readonly store: ObjectStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** The egress rule for one cluster's server address. */
  readonly lookupFor?: (record: ClusterRecord) => LookupFunction | undefined;
}

/** The secret that holds a cluster's kubeconfig. */
export function kubeconfigSecret(id: string): string {
  return `cluster-${id}`;
}

/** Clusters whose records are in the store and whose kubeconfigs are secrets; one connection a cluster, kept. */
export function createClusters(options: RegistryOptions): Clusters {
  const records = createRecords(options.store);
  const opened = new Map<string, Opened>();
  const opening = new Map<string, Promise<Opened>>();

  function open(id: string): Promise<Opened> {
    const present = opened.get(id);
    const now = options.clock.now().getTime();
    if (present && now - present.recordRead < RECORD_KEPT_MS) return Promise.resolve(present);
    const begun = opening.get(id);
    if (begun) return begun;
    const work = renew(id, present, now).finally(() => opening.delete(id));
    opening.set(id, work);
    return work;
  }

  async function renew(id: string, present: Opened | undefined, now: number): Promise<Opened> {
    try {
      const next = await openCluster(options, records, id, present, now);
      if (present && next.connection !== present.connection) present.connection.close();
      opened.set(id, next);
      return next;
    } catch (error) {
      if (isFault(error, 'not-found', 'unauthorized')) {
        present?.connection.close();
        opened.delete(id);
      }
      throw error;
    }
  }

  return {
    list: (onUnreadable) => records.list(onUnreadable),
    get: (id) => records.get(id),
    reach: createTargets(options),
    async open(id) {
      const { record, connection } = await open(id);
      return { record, cluster: connection };
    },
  };
}

interface Opened {
  readonly record: ClusterRecord;
  readonly recordRead: number;
  readonly config: ParsedKubeconfig;
  readonly configRead: number;
  readonly connection: Connection;
}

async function openCluster(
  options: RegistryOptions,
  records: Records,
  id: string,
  present: Opened | undefined,
  now: number,
): Promise<Opened> {
  const record = await records.get(id);
  if (!record) throw new Fault('not-found', `no cluster ${id} is registered`, { id });
  const isKept = present && now - present.configRead < CREDENTIALS_KEPT_MS;
  // Whoever registers a cluster anew, with fewer rights perhaps, is heeded at once.
  if (isKept && JSON.stringify(present.record) === JSON.stringify(record)) {
    return { ...present, record, recordRead: now };
  }
  const config = await readConfig(options, record);
  const fresh = { record, recordRead: now, config, configRead: now };
  if (present && sameServer(present.config, config) && sameAddress(present.record, record)) {
    present.connection.useCredentials(config.credentials);
    return { ...fresh, connection: present.connection };
  }
  return { ...fresh, connection: connectTo(options, record, config) };
}

function connectTo(options: RegistryOptions, record: ClusterRecord, config: ParsedKubeconfig): Connection {
  const { id } = record;
  const { server, ca, tlsServerName, credentials } = config;
  const lookup = options.lookupFor?.(record);
  const { onRequest } = options;
  return connect({
    id,
    server,
    credentials,
    ...(ca && { ca }),
    ...(tlsServerName && { tlsServerName }),
    ...(lookup && { lookup }),
    tunnel: options.tunnelFor?.(server),
    ...(onRequest && { onRequest: (request) => onRequest({ cluster: id, ...request }) }),
    refresh: async () => (await readConfig(options, record)).credentials,
  });
}

/** How to connect to the cluster of `record`. A stored kubeconfig must name the record's server and CA: credentials go only where they were stored for. */
async function readConfig(options: RegistryOptions, record: ClusterRecord): Promise<ParsedKubeconfig> {
  const { id, eks } = record;
  if (eks !== undefined) return eksConfig(options, record, eks);
  const text = await options.secrets.get(kubeconfigSecret(id));
  if (text === undefined) {
    const advice = `the credentials of cluster ${id} are gone; register it again`;
    throw new Fault('unauthorized', advice, { id });
  }
  const config = parseKubeconfig(text);
  if (new URL(config.server).href === new URL(record.server).href && sameCa(config, record)) return config;
  const advice = `the record of cluster ${id} and its kubeconfig name different servers or CAs; register it again`;
  throw new Fault('invalid', advice, { id });
}

/** A record without a CA leaves it to the kubeconfig. */
function sameCa(config: ParsedKubeconfig, record: ClusterRecord): boolean {
  return record.ca === undefined || record.ca.trim() === config.ca?.trim();
}

function sameAddress(one: ClusterRecord, other: ClusterRecord): boolean {
  return one.server === other.server && one.ca === other.ca;
}

function sameServer(one: ParsedKubeconfig, other: ParsedKubeconfig): boolean {
  return one.server === other.server && one.ca === other.ca && one.tlsServerName === other.tlsServerName;
}

type Records = Pick<Clusters, 'list' | 'get'>;

interface Listed {
  readonly etag: string;
  readonly record: ClusterRecord;
}

function createRecords(store: ObjectStore): Records {
  /** Records as they were listed last; what has the same etag is not read again, as each look at one is billed. */
  let listed: ReadonlyMap<string, Listed> = new Map();

  async function get(id: string): Promise<ClusterRecord | undefined> {
    if (!isClusterId(id)) return undefined;
    const stored = await store.get(recordKey(id));
    return stored && parseRecord(id, stored.body);
  }

  async function read(
    { key, etag }: Pick<StoredEntry, 'key' | 'etag'>,
    onUnreadable?: (id: string, fault: Fault) => void,
  ): Promise<ClusterRecord | undefined> {
    const kept = listed.get(key);
    if (kept?.etag === etag) return kept.record;
    const name = key.slice(RECORDS.length, -'.json'.length);
    const id = key === recordKey(name) && isClusterId(name) ? name : undefined;
    try {
      if (id !== undefined) return await get(id);
      throw new Fault('malformed', `${key} is not the key of a cluster's record`, { id: key });
    } catch (error) {
      if (!onUnreadable || !isFault(error, 'malformed')) throw error;
      onUnreadable(id ?? key, error);
      return undefined;
    }
  }

  return {
    get,
    async list(onUnreadable) {
      const entries: StoredEntry[] = [];
      for await (const entry of store.list(RECORDS)) entries.push(entry);
      const found = new Map<string, Listed>();
      for (let start = 0; start < entries.length; start += PARALLEL_READS) {
        const batch = entries.slice(start, start + PARALLEL_READS);
        const records = await Promise.all(batch.map((entry) => read(entry, onUnreadable)));
        for (const [index, { key, etag }] of batch.entries()) {
          const record = records[index];
          if (record !== undefined) found.set(key, { etag, record });
        }
      }
      listed = found;
      return [...found.values()].map(({ record }) => record);
    },
  };
}
