import type { Input } from './command.ts';
import { usage } from './problems.ts';
import type { World } from './world.ts';

/** A deployment on AWS. */
export interface StackName {
  readonly name: string;
  readonly region: string;
}

/** The deployment on AWS that is meant, by `--stack` or SLUICE_STACK; undefined when it is one on this machine. */
export function stackOf(input: Input, world: World): StackName | undefined {
  const name = nameOf(input, world);
  if (name === undefined) {
    if (input.text('region') !== undefined) throw usage('--region needs --stack, which says what is there');
    return undefined;
  }
  const { env } = world;
  const region = input.text('region')?.trim() || set(env.AWS_REGION) || set(env.AWS_DEFAULT_REGION);
  if (region !== undefined) return { name, region };
  throw usage(`the region of stack ${name} is missing; give --region or set AWS_REGION`);
}

/** A flag is stronger than a variable; two that are as strong contradict each other. */
function nameOf(input: Input, { env }: World): string | undefined {
  const [stack, state] = [input.text('stack'), input.text('state')];
  if (stack !== undefined && state !== undefined)
    throw usage('--stack and --state exclude each other; choose one');
  if (stack?.trim() === '') throw usage('--stack needs the name of a stack');
  if (stack !== undefined || state !== undefined) return stack;
  if (set(env.SLUICE_STACK) !== undefined && set(env.SLUICE_STATE) !== undefined)
    throw usage('SLUICE_STACK and SLUICE_STATE are both set; give --stack or --state, or unset one');
  return set(env.SLUICE_STACK);
}

/** An empty variable counts as absent. */
function set(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}
