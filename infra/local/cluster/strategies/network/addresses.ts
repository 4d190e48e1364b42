import { type FieldError, invalid } from '../../api-error.ts';
import type { Entry } from '../../model.ts';
import type { StrategyWorld } from '../../strategy.ts';
import { wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fieldsOf,
  itemsOf,
  numberOf,
  sameValue,
  stringsOf,
  textOf,
} from '../rules/fields.ts';
import { giveFamilies } from './families.ts';

/** Where services get their addresses; kubeadm's default, of which the first is the API server's own. */
export const SERVICE_RANGE = '10.96.0.0/12';
const FIRST_ADDRESS = 0x0a_60_00_00;
const ADDRESSES = 2 ** 20;
// The first 256 are left for people who choose an address, as the API server does.
const FIRST_FREE = 256;
const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;
const SERVICES = '/services';

interface Taken {
  readonly addresses: ReadonlySet<string>;
  readonly nodePorts: ReadonlySet<number>;
}

/** Gives out what a service needs and does not have; throws 422 when it asks for what is taken or out of range. */
export function giveAddresses(object: Fields, old: Fields | undefined, world: StrategyWorld): void {
  const spec = childOf(object, 'spec');
  const before = fieldsOf(old?.spec) ?? {};
  if (spec.type === 'ExternalName') return;
  const metadata = fieldsOf(object.metadata) ?? {};
  const refuse = (errors: readonly FieldError[]) => {
    if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, textOf(metadata.name), errors);
  };
  refuse(giveFamilies(spec));
  const wants = wantsOf(spec, before);
  if (!wants.address && !wants.ports) return;
  const taken = takenBut(world, textOf(metadata.namespace), textOf(metadata.name));
  const errors: FieldError[] = [];
  if (wants.address) giveAddress(spec, before, taken, errors);
  givePorts(spec, before, taken, errors);
  refuse(errors);
}

function wantsOf(spec: Fields, before: Fields): { readonly address: boolean; readonly ports: boolean } {
  const isHeadless = spec.clusterIP === 'None' || stringsOf(spec.clusterIPs)[0] === 'None';
  return {
    // Whoever has an address keeps it: another one is refused later.
    address: !isHeadless && before.clusterIP === undefined,
    ports: spec.type === 'NodePort' || spec.type === 'LoadBalancer',
  };
}

function takenBut(world: StrategyWorld, namespace: string, name: string): Taken {
  const addresses = new Set<string>();
  const nodePorts = new Set<number>();
  for (const entry of world.store.list(SERVICES)) {
    if (entry.namespace === namespace && entry.name === name) continue;
    const spec = specOf(entry);
    for (const address of stringsOf(spec.clusterIPs)) addresses.add(address);
    for (const port of itemsOf(spec.ports)) nodePorts.add(numberOf(port.nodePort));
    nodePorts.add(numberOf(spec.healthCheckNodePort));
  }
  return { addresses, nodePorts };
}

function specOf(entry: Entry): Fields {
  const content: unknown = JSON.parse(entry.rest === '' ? '{}' : `{${entry.rest}}`);
  return fieldsOf(fieldsOf(content)?.spec) ?? {};
}

function giveAddress(spec: Fields, before: Fields, taken: Taken, errors: FieldError[]): void {
  const asked = textOf(spec.clusterIP);
  if (asked === '') {
    const address = freeAddress(taken.addresses);
    if (address === undefined) {
      const detail = 'failed to allocate IP: range is full';
      errors.push(wrong('spec.clusterIPs', [], detail));
      return;
    }
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    return;
  }
  if (!isAddress(asked) || sameValue(asked, before.clusterIP)) return;
  const said = `failed to allocate IP ${asked}: `;
  const number = numberOfAddress(asked);
  if (number === undefined || number <= FIRST_ADDRESS || number >= FIRST_ADDRESS + ADDRESSES) {
    const detail = `${said}the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${SERVICE_RANGE}`;
    errors.push(wrong('spec.clusterIPs', [asked], detail));
  } else if (taken.addresses.has(asked)) {
    errors.push(wrong('spec.clusterIPs', [asked], `${said}provided IP is already allocated`));
  }
}

function freeAddress(taken: ReadonlySet<string>): string | undefined {
  for (let place = FIRST_FREE; place < ADDRESSES - 1; place++) {
    const address = textOfAddress(FIRST_ADDRESS + place);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

function givePorts(spec: Fields, before: Fields, taken: Taken, errors: FieldError[]): void {
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return;
  const own = new Set(itemsOf(before.ports).map((port) => numberOf(port.nodePort)));
  const given = new Set<number>();
  for (const [index, port] of itemsOf(spec.ports).entries()) {
    const asked = numberOf(port.nodePort);
    if (asked === 0) continue;
    given.add(asked);
    const at = `spec.ports[${index}].nodePort`;
    if (asked < FIRST_NODE_PORT || asked > LAST_NODE_PORT) {
      const range = `${FIRST_NODE_PORT}-${LAST_NODE_PORT}`;
      const detail = `provided port is not in the valid range. The range of valid ports is ${range}`;
      errors.push(wrong(at, asked, detail));
    } else if (!own.has(asked) && taken.nodePorts.has(asked)) {
      errors.push(wrong(at, asked, 'provided port is already allocated'));
    }
  }
  if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) return;
  const next = () => {
    const port = freePort(taken.nodePorts, given);
    given.add(port);
    return port;
  };
  for (const port of itemsOf(spec.ports)) if (numberOf(port.nodePort) === 0) port.nodePort = next();
  if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local') {
    if (numberOf(spec.healthCheckNodePort) === 0) spec.healthCheckNodePort = next();
  }
}

function freePort(taken: ReadonlySet<number>, given: ReadonlySet<number>): number {
  for (let port = FIRST_NODE_PORT; port <= LAST_NODE_PORT; port++) {
    if (!taken.has(port) && !given.has(port)) return port;
  }
  return 0;
}

/** Keeps what was given out when an update does not name it, and drops what its type has no use for any more. */
export function keepAddresses(spec: Fields, before: Fields): void {
  const [needed, needs] = [before.type !== 'ExternalName', spec.type !== 'ExternalName'];
  if (needed && needs) {
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      if (spec[name] === undefined && before[name] !== undefined) spec[name] = before[name];
    }
    // Who changes the one address means the list of them, too.
    const isOther = spec.clusterIP !== before.clusterIP;
    if (isOther && sameValue(spec.clusterIPs, before.clusterIPs)) spec.clusterIPs = [spec.clusterIP];
  } else if (needed && sameValue(spec.clusterIP, before.clusterIP)) {
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[name];
  }
  keepPorts(spec, before);
  const checks = (of: Fields) => of.type === 'LoadBalancer' && of.externalTrafficPolicy === 'Local';
  if (checks(before) && checks(spec)) spec.healthCheckNodePort ??= before.healthCheckNodePort;
  if (checks(before) && !checks(spec)) delete spec.healthCheckNodePort;
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    for (const name of ['allocateLoadBalancerNodePorts', 'loadBalancerClass']) {
      if (sameValue(spec[name], before[name])) delete spec[name];
    }
  }
  if (spec.type === 'ClusterIP' && stringsOf(spec.externalIPs).length === 0) {
    if (spec.externalTrafficPolicy === before.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  }
}

function keepPorts(spec: Fields, before: Fields): void {
  const hasPorts = (of: Fields) => of.type === 'NodePort' || of.type === 'LoadBalancer';
  if (!hasPorts(before)) return;
  const old = new Map(itemsOf(before.ports).map((port) => [`${port.protocol}/${port.port}`, port.nodePort]));
  const taken = new Set(itemsOf(spec.ports).map((port) => port.nodePort));
  for (const port of itemsOf(spec.ports)) {
    const kept = old.get(`${port.protocol}/${port.port}`);
    if (!hasPorts(spec)) {
      if ([...old.values()].includes(port.nodePort)) delete port.nodePort;
    } else if (port.nodePort === undefined && kept !== undefined && !taken.has(kept)) port.nodePort = kept;
  }
}

/** Whether a text is an IP address, of either family. */
export function isAddress(text: string): boolean {
  return numberOfAddress(text) !== undefined || (text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text));
}

function numberOfAddress(text: string): number | undefined {
  const parts = text.split('.').map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : Number.NaN));
  if (parts.length !== 4 || !parts.every((part) => part <= 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

function textOfAddress(number: number): string {
  return [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.');
}
