import { createGit } from '../adapters/git/git.ts';
import { type ChooseProxy, createChoice } from '../adapters/http/choose-proxy.ts';
import { createHttp } from '../adapters/http/client.ts';
import { createDial, type Dial } from '../adapters/http/dial.ts';
import { type EgressRule, egressLookup } from '../adapters/http/egress.ts';
import { createProxy, ruleBehind } from '../adapters/http/proxy.ts';
import type { OwnProxies } from '../core/proxy-address.ts';
import type { Git, Http, Ports, Profile } from '../ports.ts';
import { type ClusterWays, clusterWays, rulesOf } from './cluster-ways.ts';
import { sshAlgorithms } from './config.ts';

/** All ways to the addresses that tenants name, each by its cluster's profile, and to clusters. */
export interface WaysOut extends Pick<Ports, 'git' | 'http'>, ClusterWays {
  /** Of a cluster that a tenant names. */
  readonly lookupForTarget: (profile: Profile) => ReturnType<typeof egressLookup>;
}

/** By the rules of {@link rulesOf}, through the deployment's proxies where it has some. */
export function waysOut(loopback: boolean, proxies: OwnProxies): WaysOut {
  const rules = rulesOf(loopback);
  const choose = createChoice(proxies);
  const flux = waysBy(rules.flux, choose);
  const lockdown = waysBy(rules.lockdown, choose);
  const by = (profile: Profile | undefined) => (profile === 'lockdown' ? lockdown : flux);
  return {
    http: (profile) => by(profile).http,
    git: { open: (address, signal) => by(address.profile).git.open(address, signal) },
    lookupForTarget: (profile) => egressLookup(rules[profile]),
    ...clusterWays(loopback, proxies),
  };
}

function waysBy(rule: EgressRule, choose: ChooseProxy): { readonly http: Http; readonly git: Git } {
  const http = createHttp(rule, undefined, choose);
  const proxyTo: Parameters<typeof createGit>[0]['proxyTo'] = (proxy) =>
    createProxy({ proxy, own: false }, rule);
  return { http, git: createGit({ http, dial: dialBy(rule, choose), proxyTo, ssh: sshAlgorithms() }) };
}

/** Straight, or through the deployment's proxy for SSH. */
function dialBy(rule: EgressRule, choose: ChooseProxy): Dial {
  const straight = createDial(rule);
  return (host, port, signal) => {
    const proxy = choose('ssh', host, port);
    if (proxy === undefined) return straight(host, port, signal);
    const via = { proxy, own: true };
    return createProxy(via, ruleBehind(via, rule)).tunnel(host, port, signal);
  };
}
