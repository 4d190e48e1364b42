import { createChoice } from '../adapters/http/choose-proxy.ts';
import type { EgressRule } from '../adapters/http/egress.ts';
import { createProxy, type ProxyRoute, ruleBehind } from '../adapters/http/proxy.ts';
import type { OwnProxies } from '../core/proxy-address.ts';
import type { Profile } from '../ports.ts';

/** The way to API servers where it is not straight. */
export interface ClusterWays {
  /** Through the deployment's proxy, if there is one for that server; the profile is that of the tenant who names it. */
  readonly tunnelFor: (server: string, profile?: Profile) => ProxyRoute['tunnel'] | undefined;
}

/** A server that is registered is the operator's word; one that a tenant names is held to its profile. */
export function clusterWays(loopback: boolean, proxies: OwnProxies): ClusterWays {
  const rules = rulesOf(loopback);
  const choose = createChoice(proxies);
  return {
    tunnelFor(server, profile) {
      const url = URL.parse(server);
      const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
      // What is no address is refused by whoever connects.
      const proxy = host === '' ? undefined : choose('https', host, Number(url?.port) || 443);
      if (proxy === undefined) return undefined;
      const via = { proxy, own: true };
      const rule = profile === undefined ? rules.flux : ruleBehind(via, rules[profile]);
      return createProxy(via, rule).tunnel;
    },
  };
}

/** Private ranges are as the profile says; loopback is for the local runtime alone: beside a function Lambda's own runtime API listens there. */
export function rulesOf(loopback: boolean): Record<Profile, EgressRule> {
  return {
    flux: { loopback, privateRanges: true },
    lockdown: { loopback, privateRanges: false },
  };
}
