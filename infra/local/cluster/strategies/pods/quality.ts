import { type Fields, fieldsOf, itemsOf } from '../rules/fields.ts';
import { compareQuantities, NO_QUANTITY, parseQuantity } from '../rules/quantity.ts';

const RESOURCES = ['cpu', 'memory'];

/** The quality of service that a pod's requests and limits amount to. */
export function qualityOfService(spec: Fields): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = [...itemsOf(spec.containers), ...itemsOf(spec.initContainers)];
  const resources = containers.map((container) => fieldsOf(container.resources) ?? {});
  const isAsked = resources.some((one) =>
    ['requests', 'limits'].some((list) => RESOURCES.some((name) => isSome(fieldsOf(one[list])?.[name]))),
  );
  if (!isAsked) return 'BestEffort';
  const isExact = resources.every((one) =>
    RESOURCES.every((name) => {
      const [wanted, most] = [fieldsOf(one.requests)?.[name], fieldsOf(one.limits)?.[name]];
      return isSome(most) && (wanted === undefined || wanted === most);
    }),
  );
  return isExact ? 'Guaranteed' : 'Burstable';
}

function isSome(amount: unknown): boolean {
  const quantity = parseQuantity(amount);
  return quantity !== undefined && compareQuantities(quantity, NO_QUANTITY) > 0;
}
