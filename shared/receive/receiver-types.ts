import type { ReceiverType } from './receiver-type.ts';
import { generic } from './types/generic.ts';
import { genericHmac } from './types/generic-hmac.ts';
import { github } from './types/github.ts';
import { gitlab } from './types/gitlab.ts';
import { harbor } from './types/harbor.ts';

/** The types that are built, a line each. */
const TYPES: ReadonlyMap<string, ReceiverType> = new Map([
  ['generic', generic],
  ['generic-hmac', genericHmac],
  ['github', github],
  ['gitlab', gitlab],
  ['harbor', harbor],
]);

/** The type of that name, undefined when it is not built. */
export function receiverType(name: string): ReceiverType | undefined {
  return TYPES.get(name);
}

/** Every type that is built. */
export function receiverTypes(): readonly ReceiverType[] {
  return [...TYPES.values()];
}
