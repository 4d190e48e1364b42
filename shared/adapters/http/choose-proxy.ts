import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { OwnProxies, ProxyAddress } from '../../core/proxy-address.ts';

/** What goes through a proxy of the deployment. */
export type Scheme = 'http' | 'https' | 'ssh';

/** The deployment's own proxy for a host (a name or an address, without brackets), if there is one for it. */
export type ChooseProxy = (scheme: Scheme, host: string, port: number) => ProxyAddress | undefined;

type Exception = (host: string, port: number) => boolean;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
/** IPv4 in all its spellings: Go takes none of it for part of a network of IPv6. */
const IPV4 = new BlockList();
IPV4.addSubnet('0.0.0.0', 0, 'ipv4');

/** Chooses as Go's programs do (golang.org/x/net/http/httpproxy), hence Flux's controllers. */
export function createChoice({ except = '', ...proxies }: OwnProxies): ChooseProxy {
  const exceptions = exceptionsIn(except);
  return (scheme, host, port) => {
    const proxy = proxies[scheme];
    if (proxy === undefined || isLoopback(host)) return undefined;
    return exceptions.some((excepted) => excepted(host, port)) ? undefined : proxy;
  };
}

/** A proxy's loopback is not ours; Go knows `localhost` itself only. */
function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/.test(host) || contains(LOOPBACK, host);
}

/** Addresses, networks, names and their subdomains, each of the first and the last with a port if need be; what is none of it counts for nothing. */
function exceptionsIn(text: string): readonly Exception[] {
  const entries = text.split(',').map((entry) => entry.trim().toLowerCase());
  if (entries.includes('*')) return [() => true];
  return entries.flatMap((entry) => networkIn(entry) ?? hostIn(entry) ?? []);
}

function networkIn(entry: string): Exception | undefined {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (host) => contains(network, host) && (family === 4 || !contains(IPV4, host));
}

function hostIn(entry: string): Exception | undefined {
  const [name, port] = split(entry);
  if (name === '') return undefined;
  const rightPort = (asked: number): boolean => port === '' || port === String(asked);
  const family = isIP(name);
  if (family !== 0) {
    const one = new BlockList();
    one.addAddress(name, family === 4 ? 'ipv4' : 'ipv6');
    return (host, asked) => contains(one, host) && rightPort(asked);
  }
  const bare = name.replace(/^\*?\./, '');
  // A host is asked for in ASCII.
  const domain = domainToASCII(bare) || bare;
  const itself = bare === name;
  return (host, asked) =>
    isIP(host) === 0 && (host.endsWith(`.${domain}`) || (itself && host === domain)) && rightPort(asked);
}

/** `host:port` and `[address]:port` taken apart; everything else is a host. */
function split(entry: string): readonly [host: string, port: string] {
  const parts = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(entry) ?? /^([^:[\]]*):([^:[\]]*)$/.exec(entry);
  return parts === null ? [entry, ''] : [parts[1] ?? '', parts[2] ?? ''];
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
