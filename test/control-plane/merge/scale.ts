import { applyConfiguration } from '../../../infra/local/cluster/merge/apply.ts';
import { mergePatch } from '../../../infra/local/cluster/merge/merge-patch.ts';
import { entriesAfterScale, scaleEntries } from '../../../infra/local/cluster/merge/scale-owners.ts';
import { trackUpdate } from '../../../infra/local/cluster/merge/track.ts';
import { builtInType } from '../../../infra/local/cluster/schema/built-in.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Api } from '../api.ts';
import type { Chance } from './chance.ts';

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const SCALE = { apiVersion: 'autoscaling/v1', kind: 'Scale' };

/** Writes a Deployment's replicas at random, through itself and through its Scale; returns what is recorded and what the merge records. */
export async function playScales(api: Api, chance: Chance, length: number): Promise<[unknown, unknown][]> {
  const name = 'scaled';
  await api.create(`${DEPLOYMENTS}?fieldManager=creator`, deployment(name, 1));
  const pairs: [unknown, unknown][] = [];
  for (let i = 0; i < length; i++) {
    const manager = chance.pick(['ann', 'bob', 'creator']);
    const replicas = chance.pick([1, 2, 3]);
    if (chance.once(3)) {
      const path = `${DEPLOYMENTS}/${name}?fieldManager=${manager}&force=true`;
      await api.send('PATCH', path, deployment(name, replicas), APPLY);
      continue;
    }
    const before = await api.get<KubernetesObject>(`${DEPLOYMENTS}/${name}`);
    const scale = await api.get<KubernetesObject>(`${DEPLOYMENTS}/${name}/scale`);
    if (!before || !scale) throw new Error('it is there until the end');
    const how = chance.pick([APPLY, MERGE] as const);
    const body = { ...(how === APPLY && SCALE), metadata: { name }, spec: { replicas } };
    const forced = how === APPLY ? '&force=true' : '';
    const path = `${DEPLOYMENTS}/${name}/scale?fieldManager=${manager}${forced}`;
    const answer = await api.send('PATCH', path, body, how);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    const after = await api.get<KubernetesObject>(`${DEPLOYMENTS}/${name}`);
    pairs.push([after?.metadata.managedFields, recorded(before, scale, how, manager, body)]);
  }
  await api.send('DELETE', `${DEPLOYMENTS}/${name}`);
  return pairs;
}

const replicasIn = (apiVersion: string) =>
  apiVersion === 'apps/v1' ? (['spec', 'replicas'] as const) : undefined;

function recorded(
  parent: KubernetesObject,
  scale: KubernetesObject,
  how: string,
  manager: string,
  body: object,
): unknown {
  const { managedFields } = parent.metadata;
  const entries = scaleEntries(managedFields, replicasIn);
  const live = { ...scale, metadata: { ...scale.metadata, managedFields: entries } };
  const setting = {
    ...{ apiVersion: 'autoscaling/v1', schema: builtInType('autoscaling.v1.Scale'), custom: false },
    ...{ manager, subresource: 'scale', now: new Date(0) },
  };
  const written =
    how === APPLY
      ? applyConfiguration({ ...setting, live, applied: body as KubernetesObject, force: true })
      : trackUpdate({ ...setting, before: live, after: mergePatch(live, body) });
  return entriesAfterScale(managedFields, written.metadata.managedFields, replicasIn, 'apps/v1');
}

function deployment(name: string, replicas: number): object {
  const labels = { app: 'x' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}
