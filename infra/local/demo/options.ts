import { parseArgs } from 'node:util';
import { messageOf } from '../../../shared/core/failures.ts';
import type { Input } from '../../cli/command.ts';
import { usage } from '../../cli/problems.ts';

/** What the demo was asked for. */
export interface DemoOptions {
  /** Play on this cluster instead of a control plane of our own. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Stay until Ctrl-C. */
  readonly keep: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** `npm run demo -- --help`. */
export const HELP = `The story of Sluice on a real cluster: from the first sync to a release that fails, and back.

Usage:
  npm run demo -- [flags]

Without --kubeconfig it starts a real Kubernetes control plane of its own (npm run control-plane builds it once).

Flags:
      --kubeconfig FILE   play on this cluster, in namespaces of its own, and clean up at the end
      --context NAME      context of that kubeconfig (default: the current one)
      --keep              stay until Ctrl-C, to look at it with kubectl
      --json              one JSON document on standard output instead of the story
  -h, --help              print this`;

/** Fault `invalid` with exit code 2 says what is wrong. */
export function demoOptions(argv: readonly string[]): DemoOptions {
  const { kubeconfig, context, keep, json, help } = parse(argv);
  if (context !== undefined && kubeconfig === undefined) throw usage('--context needs --kubeconfig FILE');
  return { ...(kubeconfig && { kubeconfig }), ...(context && { context }), keep, json, help };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      options: {
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw usage(`${messageOf(error).split('.')[0]}; see "npm run demo -- --help"`);
  }
}

/** The flags as the commands of the CLI read them. */
export function asInput(flags: Readonly<Record<string, string | undefined>>): Input {
  return { positionals: [], text: (flag) => flags[flag], on: () => false, all: () => [] };
}
