import { createGit } from '../adapters/git/git.ts';
import { createHttp } from '../adapters/http/client.ts';
import { createDial } from '../adapters/http/dial.ts';
import { type EgressRule, egressLookup } from '../adapters/http/egress.ts';
import { createProxy } from '../adapters/http/proxy.ts';
import type { Git, Http, Ports, Profile } from '../ports.ts';
import { sshAlgorithms } from './config.ts';

/** All ways to the addresses that tenants name, each by its cluster's profile. */
export interface WaysOut extends Pick<Ports, 'git' | 'http'> {
  /** Of a cluster that a tenant names. */
  readonly lookupForTarget: (profile: Profile) => ReturnType<typeof egressLookup>;
}

/** Private ranges are as the profile says; loopback is for the local runtime alone: beside a function Lambda's own runtime API listens there. */
export function waysOut(loopback: boolean): WaysOut {
  const rules: Record<Profile, EgressRule> = {
    flux: { loopback, privateRanges: true },
    lockdown: { loopback, privateRanges: false },
  };
  const flux = waysBy(rules.flux);
  const lockdown = waysBy(rules.lockdown);
  const by = (profile: Profile | undefined) => (profile === 'lockdown' ? lockdown : flux);
  return {
    http: (profile) => by(profile).http,
    git: { open: (address, signal) => by(address.profile).git.open(address, signal) },
    lookupForTarget: (profile) => egressLookup(rules[profile]),
  };
}

function waysBy(rule: EgressRule): { readonly http: Http; readonly git: Git } {
  const http = createHttp(rule);
  const proxyTo: Parameters<typeof createGit>[0]['proxyTo'] = (address) => createProxy(address, rule);
  return { http, git: createGit({ http, dial: createDial(rule), proxyTo, ssh: sshAlgorithms() }) };
}
