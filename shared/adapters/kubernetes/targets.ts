import { createHash } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { Fault } from '../../core/failures.ts';
import type { Clusters, Profile, Target } from '../../ports.ts';
import type { ProxyRoute } from '../http/proxy.ts';
import { type Connection, connect } from './connect.ts';
import { type ParsedKubeconfig, parseKubeconfig } from './kubeconfig.ts';

/** Ours: connections to tenants' clusters that are kept; the one that was used the longest ago goes first. */
const MAX_TARGETS = 64;

/** Ours: longest answer of a tenant's cluster, in bytes; who lists more gets smaller pages. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Ours: the most objects of one list there, more than a status holds names of; a server that never ends a list must not fill our memory. */
const MAX_LISTED = 20_000;

/** How clusters of tenants are reached. */
export interface TargetsOptions {
  /** The egress rule for addresses that tenants give; absent means that none is reached. */
  readonly lookupForTarget?: (profile: Profile) => LookupFunction;
  /** The way through the deployment's proxy to a server, if there is one; with the profile of the tenant who names it. */
  readonly tunnelFor?: (server: string, profile?: Profile) => ProxyRoute['tunnel'] | undefined;
  readonly onRequest?: (request: { cluster: string; method: string; path: string; user?: string }) => void;
}

/** Opens other clusters than the registered ones; equal descriptions share a connection, and no others do. */
export function createTargets({ lookupForTarget, tunnelFor, onRequest }: TargetsOptions): Clusters['reach'] {
  const kept = new Map<string, Connection>();
  return (target) => {
    if (lookupForTarget === undefined)
      throw new Fault('unsupported', "this function reaches no tenant's cluster");
    const config = configOf(target);
    const key = createHash('sha256')
      .update(JSON.stringify([target.profile, config]))
      .digest('hex');
    const id = `target-${key.slice(0, 16)}`;
    const found =
      kept.get(key) ??
      connect({
        ...config,
        id,
        maxBytes: MAX_ANSWER_BYTES,
        maxListed: MAX_LISTED,
        lookup: lookupForTarget(target.profile),
        tunnel: tunnelFor?.(config.server, target.profile),
        ...(onRequest && { onRequest: (request) => onRequest({ cluster: id, ...request }) }),
      });
    kept.delete(key);
    kept.set(key, found);
    const [oldest] = kept;
    if (oldest !== undefined && kept.size > MAX_TARGETS) {
      kept.delete(oldest[0]);
      oldest[1].close();
    }
    return found;
  };
}

function configOf(target: Target): ParsedKubeconfig {
  if ('kubeconfig' in target) return parseKubeconfig(target.kubeconfig, target);
  const { server, ca, token } = target;
  return { server, ...(ca && { ca }), credentials: { token } };
}
