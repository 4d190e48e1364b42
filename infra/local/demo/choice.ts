import type { World } from '../../cli/world.ts';
import { findLocalContext, type LocalContext } from '../local-context.ts';
import type { DemoOptions } from './options.ts';

/** Which cluster the story plays on. */
export type Choice =
  | { readonly kind: 'embedded' /** What is there as well. */; readonly instead?: LocalContext }
  | { readonly kind: 'control-plane' }
  | { readonly kind: 'given'; readonly kubeconfig: string; readonly context?: string };

/** What the flags say, else the embedded cluster; a person whose kubectl talks to a cluster on this machine is offered that one. */
export async function choose(options: DemoOptions, world: World): Promise<Choice> {
  const { kubeconfig, context, controlPlane } = options;
  if (kubeconfig !== undefined) return { kind: 'given', kubeconfig, ...(context && { context }) };
  if (controlPlane) return { kind: 'control-plane' };
  const local = await findLocalContext(world);
  if (local === undefined) return { kind: 'embedded' };
  const { tool, name } = local;
  const question = `Your kubectl talks to ${name} (${tool}). Play there, in namespaces that are removed at the end? [y/N] `;
  const there = world.interactive && /^y(es)?$/i.test(await world.ask(question));
  if (there) return { kind: 'given', kubeconfig: local.kubeconfig, context: name };
  return { kind: 'embedded', instead: local };
}

/** The first line of the story: what it plays on. */
export function headline(choice: Choice): string {
  switch (choice.kind) {
    case 'embedded':
      return 'Sluice on the embedded cluster: a Kubernetes API in this process; its controllers are simulated and no container runs';
    case 'control-plane':
      return 'Sluice on a real Kubernetes control plane with a simulated node: no container runs';
    case 'given':
      return `Sluice on your cluster (${choice.context ?? 'the current context'} of ${choice.kubeconfig})`;
  }
}

/** How to play on the cluster that was not chosen; undefined when there is none. */
export function alternative(choice: Choice): string | undefined {
  if (choice.kind !== 'embedded' || choice.instead === undefined) return undefined;
  const { name, tool, kubeconfig } = choice.instead;
  return `To play on ${name} (${tool}): npm run demo -- --kubeconfig ${kubeconfig} --context ${name}`;
}
