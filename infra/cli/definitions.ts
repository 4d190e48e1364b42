import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { CustomResourceDefinition } from '../../shared/api/crd.ts';
import { Fault, isFault } from '../../shared/core/failures.ts';
import type { Clock, Cluster, KubernetesObject } from '../../shared/ports.ts';
import { type CrdDecision, decideCrd, type PresentDefinition } from './crd-merge.ts';
import { FIELD_MANAGER } from './namespace.ts';

const FOLDER = fileURLToPath(new URL('../crds', import.meta.url));
/** Ours: how long a definition may take to be served, in milliseconds; a healthy server needs less than one. */
const ESTABLISHED_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 100;
/** Somebody may change a definition between our read and our write. */
const ATTEMPTS = 5;

/** What becomes, or became, of one definition. */
export interface DefinitionPlan {
  readonly name: string;
  readonly ours: CustomResourceDefinition;
  readonly present?: PresentDefinition;
  readonly decision: CrdDecision;
}

/** Every Flux kind's definition, as generated. */
export function ourDefinitions(): readonly CustomResourceDefinition[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => parse(readFileSync(join(FOLDER, file), 'utf8')) as CustomResourceDefinition);
}

/** Compares all of ours with what the cluster has; reads only. */
export function planDefinitions(
  cluster: Cluster,
  ours = ourDefinitions(),
): Promise<readonly DefinitionPlan[]> {
  return Promise.all(ours.map((definition) => planOne(cluster, definition)));
}

async function planOne(cluster: Cluster, ours: CustomResourceDefinition): Promise<DefinitionPlan> {
  const present = (await cluster.get(referenceOf(ours))) as PresentDefinition | undefined;
  const { name } = ours.metadata;
  return { name, ours, ...(present && { present }), decision: decideCrd(ours, present) };
}

/** Whether the plan writes anything. */
export function writes({ decision: { action } }: DefinitionPlan): boolean {
  return action === 'create' || action === 'update' || action === 'label';
}

/** Does what was planned, reading anew when somebody was faster, and waits until it is served. */
export async function applyDefinition(
  cluster: Cluster,
  plan: DefinitionPlan,
  clock: Clock,
): Promise<DefinitionPlan> {
  let current = plan;
  for (let attempt = 1; writes(current); attempt++) {
    try {
      await write(cluster, current);
      await established(cluster, current.ours, clock);
      cluster.forgetResources();
      return current;
    } catch (error) {
      if (!isFault(error, 'conflict', 'already-exists') || attempt === ATTEMPTS) throw error;
      current = await planOne(cluster, current.ours);
    }
  }
  return current;
}

async function write(cluster: Cluster, { ours, present, decision }: DefinitionPlan): Promise<void> {
  const options = { fieldManager: FIELD_MANAGER };
  if (decision.action === 'create') {
    await cluster.create(ours as unknown as KubernetesObject, options);
    return;
  }
  const merge = {
    metadata: { resourceVersion: present?.metadata.resourceVersion, labels: ours.metadata.labels },
    ...(decision.action === 'update' && { spec: { versions: decision.versions } }),
  };
  await cluster.patch(referenceOf(ours), { merge }, options);
}

async function established(cluster: Cluster, ours: CustomResourceDefinition, clock: Clock): Promise<void> {
  const { name } = ours.metadata;
  const deadline = clock.now().getTime() + ESTABLISHED_WITHIN_MS;
  let why = '';
  while (clock.now().getTime() < deadline) {
    const present = (await cluster.get(referenceOf(ours))) as Served | undefined;
    const conditions = present?.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    why = conditions.find(({ status }) => status === 'False')?.message ?? 'no reason given';
    await clock.sleep(ASK_EVERY_MS);
  }
  throw new Fault('timeout', `${name} is not served after ${ESTABLISHED_WITHIN_MS / 1000} s: ${why}`, {
    name,
  });
}

interface Served {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

function referenceOf({ apiVersion, kind, metadata: { name } }: CustomResourceDefinition) {
  return { apiVersion, kind, name };
}
