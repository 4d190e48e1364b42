import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { setCondition } from '../../../shared/core/conditions.ts';
import { parseDuration } from '../../../shared/core/durations.ts';
import { engineOf } from '../../../shared/reconcile/engine.ts';
import type { CommonStatus, Next, Reconciler, Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord, NOW, workMessage } from '../../builders.ts';
import { createWorld, type Wanted } from './world.ts';

export const target = { kind: 'Kustomization', namespace: 'apps', name: 'podinfo' };
export type Behaviour = Partial<Reconciler<{ interval: string }, CommonStatus, string, string, string>>;

/** An engine for a kind that says Ready and does nothing else; `steps` tells what it was asked for. */
function engine(next: Next, steps: string[], behaviour: Behaviour = {}) {
  const draft = { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'done' } as const;
  const told = <T>(step: string, answer: T): T => {
    steps.push(step);
    return answer;
  };
  return engineOf<{ interval: string }, CommonStatus, string, string, string>(
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      manager: { status: 'gotk-kustomize-controller', component: 'kustomize-controller' },
      finalizer: 'finalizers.fluxcd.io',
      intervalOf: ({ interval }) => parseDuration(interval),
      observe: async () => told('observe', 'seen'),
      decide: () => told('decide', 'plan'),
      act: async () => told('act', 'report'),
      conclude: ({ metadata, status = {} }) => {
        steps.push('conclude');
        const seen = { generation: metadata.generation ?? 0, now: NOW };
        const conditions = [...setCondition(status.conditions ?? [], draft, seen)];
        return { status: { ...status, conditions }, events: [], next };
      },
      remove: async () => told('remove', { finished: true, events: [], next: { after: 'nothing' } }),
      fanOut: async () => void steps.push('fanOut'),
      ...behaviour,
    },
    'apply',
  );
}

/** Runs the engine once; `once` runs it again. */
export async function run(
  wanted: Wanted,
  options: {
    next?: Next;
    message?: object;
    behaviour?: Behaviour;
    world?: ReturnType<typeof createWorld>;
  } = {},
) {
  const { world = createWorld(wanted) } = options;
  const steps: string[] = [];
  const once = async (message = options.message ?? {}) => {
    const scope = {
      ports: world.ports,
      record: clusterRecord(wanted.record),
      cluster: world.cluster,
      facts: { uid: 'c1', version: 'v1.36.0' },
      message: workMessage(message),
      signal: new AbortController().signal,
    } as unknown as Scope;
    await engine(options.next ?? { after: 'nothing' }, steps, options.behaviour)(scope);
  };
  await once();
  const object = () => world.read(target) as Kustomization;
  return { ...world, steps, once, object };
}

export const STORY = ['observe', 'decide', 'act', 'conclude', 'fanOut'];
