import { ApiError, qualified } from '../../api-error.ts';
import type { ResourceType, Store } from '../../model.ts';
import { type Fields, fieldsOf, textOf } from '../rules/fields.ts';
import { askedName } from '../rules/names.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  NO_QUANTITY,
  parseQuantity,
} from '../rules/quantity.ts';
import { shareOfObject, usageOf } from './usage.ts';

const QUOTAS = '/resourcequotas';

/** Throws 403 when a namespace's quotas have no room for a new object. */
export function demandQuota(type: ResourceType, object: Fields, store: Pick<Store, 'list'>): void {
  if (!type.namespaced) return;
  const metadata = fieldsOf(object.metadata) ?? {};
  const { namespace } = metadata;
  const name = askedName(metadata);
  for (const quota of store.list(QUOTAS, textOf(namespace))) {
    const spec = fieldsOf(fieldsOf(JSON.parse(`{${quota.rest}}`))?.spec) ?? {};
    const hard = fieldsOf(spec.hard) ?? {};
    const asked = shareOfObject(Object.keys(hard), spec, `${type.group}/${type.plural}`, object);
    if (asked.size === 0) continue;
    const used = usageOf(spec, textOf(namespace), store);
    const beyond = [...asked].filter(([resource, amount]) => {
      const most = parseQuantity(hard[resource]);
      const sum = addQuantities(parseQuantity(used[resource]) ?? NO_QUANTITY, amount);
      const isSome = compareQuantities(amount, NO_QUANTITY) > 0;
      return isSome && most !== undefined && compareQuantities(sum, most) > 0;
    });
    if (beyond.length === 0) continue;
    const list = (values: (resource: string) => string) =>
      beyond.map(([resource]) => `${resource}=${values(resource)}`).join(',');
    const requested = list((resource) => formatQuantity(asked.get(resource) ?? NO_QUANTITY));
    const present = list((resource) => String(used[resource]));
    const limited = list((resource) => String(hard[resource]));
    const why = `exceeded quota: ${quota.name}, requested: ${requested}, used: ${present}, limited: ${limited}`;
    const message = `${qualified(type)} ${JSON.stringify(name)} is forbidden: ${why}`;
    const { group, plural } = type;
    throw new ApiError(403, 'Forbidden', message, {
      ...{ name, ...(group !== '' && { group }), kind: plural },
    });
  }
}
