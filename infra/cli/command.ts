import type { World } from './world.ts';

/** One flag as `--help` shows it. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** What stands for its value in `--help`, such as `FILE`. */
  readonly value?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** A command of the table: what it takes and what it does. */
export interface Command {
  /** Names of its positional arguments, all required. */
  readonly takes: readonly string[];
  /** Name of the arguments that may follow, any number of them. */
  readonly mayTake?: string;
  /** What it does, in lines. */
  readonly about: readonly string[];
  readonly examples?: readonly string[];
  readonly flags: Flags;
  /** Throws a Fault for people when it fails. */
  readonly run: (input: Input, world: World) => Promise<void>;
}

/** A command line, parsed. */
export interface Input {
  readonly positionals: readonly string[];
  /** The value of a flag, undefined when it was not given. */
  readonly text: (flag: string) => string | undefined;
  readonly on: (flag: string) => boolean;
  /** The values of a flag that may be repeated. */
  readonly all: (flag: string) => readonly string[];
}

/** How every command finds the cluster, as kubectl. */
export const KUBECONFIG_FLAGS = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'kubeconfig to use (default: KUBECONFIG, then ~/.kube/config)',
  },
  context: { type: 'string', value: 'NAME', help: 'context to use (default: the current one)' },
} as const satisfies Flags;

/** Where this machine keeps what Sluice knows. */
export const LOCAL_STATE_FLAG = {
  state: { type: 'string', value: 'DIR', help: 'state directory (default: SLUICE_STATE, then .sluice)' },
} as const satisfies Flags;

/** Where what Sluice knows is kept: on this machine, or in a deployment on AWS. */
export const STATE_FLAG = {
  ...LOCAL_STATE_FLAG,
  stack: {
    type: 'string',
    value: 'NAME',
    help: 'work on this deployment on AWS, by the name of its stack (default: SLUICE_STACK)',
  },
  region: { type: 'string', value: 'REGION', help: "the stack's region (default: AWS_REGION)" },
} as const satisfies Flags;

/** Every command has these. */
export const COMMON_FLAGS = {
  verbose: { type: 'boolean', help: 'on failure print everything that is known of it' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
} as const satisfies Flags;

/** The flags as the commands of the CLI read them. */
export function asInput(flags: Readonly<Record<string, string | undefined>>): Input {
  return { positionals: [], text: (flag) => flags[flag], on: () => false, all: () => [] };
}
