import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Fault } from '../../core/failures.ts';

/** Where tenants' URLs may lead; link-local and metadata addresses are refused whatever it says. */
export interface EgressRule {
  readonly loopback: boolean;
  readonly privateRanges: boolean;
  /** `host:port`, `host` or address given by the operator, never by a tenant: free of the two limits above. */
  readonly exempt?: readonly string[];
}

/** Why an address is refused; the text shown to people. */
export type EgressRefusal =
  | 'not an IP address'
  | 'link-local or metadata address'
  | 'loopback address'
  | 'private address'
  | 'reserved address';

type Subnet = readonly [address: string, prefix: number];

// IANA special-purpose registries (RFC 6890) and the metadata services of the large clouds.
const METADATA: readonly Subnet[] = [
  ['169.254.0.0', 16],
  ['fe80::', 10],
  ['fd00:ec2::', 32], // AWS: instance metadata, DNS, time
  ['fd20:ce::', 32], // Google Cloud metadata over IPv6
  ['100.100.100.200', 32], // Alibaba Cloud
  ['192.0.0.192', 32], // Oracle Cloud, classic
  ['168.63.129.16', 32], // Azure's wire server
];
const LOOPBACK: readonly Subnet[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];
const PRIVATE: readonly Subnet[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10], // carrier-grade NAT, RFC 6598
  ['198.18.0.0', 15], // benchmarking, RFC 2544: used inside some networks
  ['fc00::', 7],
  ['fec0::', 10], // site-local, deprecated
];
const RESERVED: readonly Subnet[] = [
  ['0.0.0.0', 8], // "this host": connects to loopback on Linux
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['100::', 64],
  ['2001::', 32], // Teredo carries an obscured IPv4 address
  ['2001:db8::', 32],
  ['64:ff9b:1::', 48], // local-use NAT64, RFC 8215: the embedding's place is unknown
  ['ff00::', 8],
];

const metadata = blockList(METADATA);
const loopback = blockList(LOOPBACK);
const privates = blockList(PRIVATE);
const reserved = blockList(RESERVED);

/** Judges one IPv4 or IPv6 literal, looking through IPv4-mapped, IPv4-compatible, 6to4 and NAT64 embeddings. */
export function checkAddress(
  address: string,
  rule: Pick<EgressRule, 'loopback' | 'privateRanges'>,
): 'allowed' | EgressRefusal {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return 'not an IP address';
  if (family === 4) return judge(bare, 'ipv4', rule);
  const outer = judge(bare, 'ipv6', rule);
  const inner = embeddedIpv4(bare);
  if (outer !== 'allowed' || inner === undefined) return outer;
  return judge(inner, 'ipv4', rule);
}

function judge(
  address: string,
  family: 'ipv4' | 'ipv6',
  rule: Pick<EgressRule, 'loopback' | 'privateRanges'>,
): 'allowed' | EgressRefusal {
  if (metadata.check(address, family)) return 'link-local or metadata address';
  if (loopback.check(address, family)) return rule.loopback ? 'allowed' : 'loopback address';
  if (privates.check(address, family)) return rule.privateRanges ? 'allowed' : 'private address';
  return reserved.check(address, family) ? 'reserved address' : 'allowed';
}

/** The rule for one destination: an exempt host keeps only the prohibition of link-local, metadata and reserved addresses. */
export function ruleFor(rule: EgressRule, host: string, port: number | string): EgressRule {
  const name = bareHost(host);
  const exempt = rule.exempt?.some((entry) => {
    const wanted = entry.toLowerCase();
    return wanted === name || wanted === `${name}:${port}` || wanted === `[${name}]:${port}`;
  });
  return exempt ? { loopback: true, privateRanges: true } : rule;
}

/** For hosts that are IP literals, which Node never passes to `lookup`: faults with `egress-denied`. */
export function egressGuard(host: string, rule: EgressRule): void {
  const name = bareHost(host);
  if (isIP(name.replace(/%.*$/, '')) === 0) return;
  const verdict = checkAddress(name, rule);
  if (verdict !== 'allowed') throw denied(name, name, verdict);
}

/**
 * A `lookup` for sockets: resolves, refuses the name when any of its addresses is refused, and hands over only
 * checked addresses, so that what was checked is what is connected to.
 */
export function egressLookup(rule: EgressRule, resolve: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      for (const { address } of addresses) {
        const verdict = checkAddress(address, rule);
        if (verdict !== 'allowed') return callback(denied(hostname, address, verdict), '', 0);
      }
      const first = addresses[0];
      if (first === undefined) return callback(noAddress(hostname), '', 0);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}

function denied(host: string, address: string, verdict: EgressRefusal): Fault {
  return new Fault('egress-denied', `connecting to '${host}' is not allowed: ${verdict}`, {
    host,
    address,
    verdict,
  });
}

function noAddress(host: string): Fault {
  return new Fault('unreachable', `no address found for '${host}'`, { host });
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets)
    list.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

/** The IPv4 address inside an IPv6 one, by the four standard embeddings. */
function embeddedIpv4(address: string): string | undefined {
  const groups = expand(address);
  const high = (index: number): string => dotted(groups[index] ?? 0, groups[index + 1] ?? 0);
  const zero = (from: number, to: number): boolean => groups.slice(from, to).every((group) => group === 0);
  if (zero(0, 7) && (groups[7] ?? 0) <= 1) return undefined; // `::` and `::1` are addresses of their own
  if (zero(0, 5) && (groups[5] === 0xffff || groups[5] === 0)) return high(6);
  if (zero(0, 4) && groups[4] === 0xffff && groups[5] === 0) return high(6); // IPv4-translated, RFC 2765
  if (groups[0] === 0x2002) return high(1); // 6to4, RFC 3056
  if (groups[0] === 0x64 && groups[1] === 0xff9b && zero(2, 6)) return high(6); // NAT64, RFC 6052
  return undefined;
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function expand(address: string): number[] {
  const ipv4 = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (a = '0', b = '0'): string => ((Number(a) << 8) | Number(b)).toString(16);
  const plain = ipv4
    ? `${address.slice(0, ipv4.index)}${hex(ipv4[1], ipv4[2])}:${hex(ipv4[3], ipv4[4])}`
    : address;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...gap, ...right].map((group) => Number.parseInt(group, 16));
}
