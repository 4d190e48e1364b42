import type { Entry, Store } from '../../model.ts';
import { qualityOfService } from '../pods/quality.ts';
import { type Fields, fieldsAt, fieldsOf, itemsOf, stringsOf, textOf } from '../rules/fields.ts';
import {
  addQuantities,
  formatQuantity,
  NO_QUANTITY,
  parseQuantity,
  type Quantity,
} from '../rules/quantity.ts';

const ONE: Quantity = { digits: 1n, exponent: 0, form: 'decimal' };
const CORE_COUNTS = [
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  'persistentvolumeclaims',
];

/** How much of one quota's resources an object uses, by the quota's names; `id` is its resource. */
export function shareOfObject(
  names: readonly string[],
  spec: Fields,
  id: string,
  object: Fields,
): Map<string, Quantity> {
  const used = new Map<string, Quantity>();
  for (const name of names) {
    const amount = amountOf(name, id, object, spec);
    if (amount) used.set(name, amount);
  }
  return used;
}

/** How much of each of a quota's resources a namespace uses. */
export function usageOf(spec: Fields, namespace: string, store: Pick<Store, 'list'>): Fields {
  const names = Object.keys(fieldsOf(spec.hard) ?? {});
  const used = new Map(names.map((name) => [name, NO_QUANTITY]));
  for (const id of new Set(names.flatMap(resourcesOf))) {
    for (const entry of store.list(id, namespace)) {
      for (const [name, amount] of shareOfObject(names, spec, id, contentOf(entry))) {
        used.set(name, addQuantities(used.get(name) ?? NO_QUANTITY, amount));
      }
    }
  }
  return Object.fromEntries([...used].map(([name, amount]) => [name, formatQuantity(amount)]));
}

/** The resources that are counted for a name of a quota. */
export function resourcesOf(name: string): readonly string[] {
  if (name.startsWith('count/')) {
    const [plural = '', ...group] = name.slice('count/'.length).split('.');
    return [`${group.join('.')}/${plural}`];
  }
  if (name.startsWith('services')) return ['/services'];
  if (CORE_COUNTS.includes(name)) return [`/${name}`];
  return name.includes('storage') && !name.includes('ephemeral') ? ['/persistentvolumeclaims'] : ['/pods'];
}

function contentOf(entry: Entry): Fields {
  const content: unknown = JSON.parse(entry.rest === '' ? '{}' : `{${entry.rest}}`);
  return fieldsOf(content) ?? {};
}

function amountOf(name: string, id: string, object: Fields, spec: Fields): Quantity | undefined {
  if (!resourcesOf(name).includes(id)) return undefined;
  if (name.startsWith('count/')) return ONE;
  if (id === '/pods') return ofPod(name, object, spec);
  if (id === '/services') return ofService(name, object);
  if (id === '/persistentvolumeclaims' && name !== 'persistentvolumeclaims') {
    return parseQuantity(fieldsAt(object, 'spec.resources.requests')?.storage);
  }
  return ONE;
}

function ofService(name: string, object: Fields): Quantity | undefined {
  const { type, ports } = fieldsOf(object.spec) ?? {};
  const open = itemsOf(ports).filter(({ nodePort }) => nodePort !== undefined).length;
  if (name === 'services.nodeports') return { ...ONE, digits: BigInt(open) };
  if (name === 'services.loadbalancers') return type === 'LoadBalancer' ? ONE : undefined;
  return ONE;
}

// Pods that have ended use nothing any more.
function ofPod(name: string, object: Fields, quota: Fields): Quantity | undefined {
  const phase = fieldsOf(object.status)?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  const spec = fieldsOf(object.spec) ?? {};
  if (!stringsOf(quota.scopes).every((scope) => isInScope(scope, spec))) return undefined;
  if (name === 'pods') return ONE;
  const [list, resource] = name.startsWith('limits.')
    ? ['limits', name.slice('limits.'.length)]
    : ['requests', name.replace(/^requests\./, '')];
  return itemsOf(spec.containers).reduce((sum, container) => {
    const amount = parseQuantity(fieldsAt(container, `resources.${list}`)?.[resource]);
    return amount ? addQuantities(sum, amount) : sum;
  }, NO_QUANTITY);
}

function isInScope(scope: string, spec: Fields): boolean {
  const isBestEffort = qualityOfService(spec) === 'BestEffort';
  switch (scope) {
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'PriorityClass':
      return textOf(spec.priorityClassName) !== '';
    default:
      return false;
  }
}
