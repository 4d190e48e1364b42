import { parseArgs } from 'node:util';
import { messageOf } from '../../../shared/core/failures.ts';
import { usage } from '../../cli/problems.ts';

/** What the demo was asked for. */
export interface DemoOptions {
  /** Play on this cluster instead of one of our own. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Play on a real control plane of our own. */
  readonly controlPlane: boolean;
  /** Stay until Ctrl-C. */
  readonly keep: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** `npm run demo -- --help`. */
export const HELP = `The story of Sluice: from the first sync to a release that fails, and back.

Usage:
  npm run demo -- [flags]

Without a flag it plays on the embedded cluster: a Kubernetes API in this process, in which no container runs.

Flags:
      --kubeconfig FILE   play on this cluster, in namespaces of its own, and clean up at the end
      --context NAME      context of that kubeconfig (default: the current one)
      --control-plane     play on a real Kubernetes control plane (npm run control-plane builds it once)
      --keep              stay until Ctrl-C, to look at it with kubectl
      --json              one JSON document on standard output instead of the story
  -h, --help              print this`;

/** Fault `invalid` with exit code 2 says what is wrong. */
export function demoOptions(argv: readonly string[]): DemoOptions {
  const { kubeconfig, context, 'control-plane': controlPlane, keep, json, help } = parse(argv);
  if (context !== undefined && kubeconfig === undefined) throw usage('--context needs --kubeconfig FILE');
  if (controlPlane && kubeconfig !== undefined) throw usage('give --kubeconfig or --control-plane, not both');
  return {
    ...(kubeconfig && { kubeconfig }),
    ...(context && { context }),
    ...{ controlPlane, keep, json, help },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      options: {
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        'control-plane': { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw usage(`${messageOf(error).split('.')[0]}; see "npm run demo -- --help"`);
  }
}
