import { checkAddress } from '../../shared/adapters/http/egress.ts';
import type { ProbeCall } from '../../shared/adapters/kubernetes/probe.ts';
import { isFault, messageOf } from '../../shared/core/failures.ts';
import { reachAdvice } from './reach-advice.ts';
import { done, warn } from './say.ts';
import type { StackPlace } from './stack-place.ts';
import type { World } from './world.ts';

/** Tells whether the functions of a deployment on AWS reach an API server that this machine reached; a warning keeps nothing from going on. */
export async function tellReach(world: World, stack: StackPlace | undefined, call: ProbeCall): Promise<void> {
  if (!stack) return;
  const { server } = call;
  if (isOnlyHere(server)) {
    warn(world, `functions on AWS cannot reach ${server}, an address of this machine only`);
    return;
  }
  try {
    const { probeFromStack } = await import('./stack-reach.ts');
    const answer = await probeFromStack(stack, call);
    if (answer.reached) {
      done(world, `stack ${stack.name} reaches ${server}, in ${answer.milliseconds} ms`);
      return;
    }
    const text = `this machine reaches ${server}, but the functions of stack ${stack.name} do not: ${answer.message}`;
    warn(world, `${text}; until they do, nothing is reconciled there: ${reachAdvice(answer)}`);
  } catch (error) {
    if (!isFault(error)) throw error;
    const text = `whether the functions of stack ${stack.name} reach ${server} could not be asked`;
    warn(world, `${text}: ${messageOf(error)}; "sluice doctor" asks again`);
  }
}

function isOnlyHere(server: string): boolean {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, '');
  return (
    host === 'localhost' ||
    checkAddress(host, { loopback: false, privateRanges: true }) === 'loopback address'
  );
}
