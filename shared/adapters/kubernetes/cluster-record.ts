import { z } from 'zod';
import { Fault, messageOf } from '../../core/failures.ts';
import type { ClusterRecord } from '../../ports.ts';

const ID = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

/** Cluster ids make keys, queue groups and secrets' names: uids of `kube-system`, or short DNS labels in tests. */
export function isClusterId(id: string): boolean {
  return ID.test(id);
}

/** `clusters/<id>.json`. */
export function recordKey(id: string): string {
  return `${RECORDS}${id}.json`;
}

/** The prefix of all records. */
export const RECORDS = 'clusters/';

const settings = z.object({
  owns: z.union([z.literal('all'), z.literal('none'), z.object({ shard: z.string().min(1) })]),
  profile: z.enum(['flux', 'lockdown']),
  groups: z.int().min(1),
  namespaces: z.array(z.string().min(1)).exactOptional(),
  customStageKinds: z.array(z.string().min(1)).exactOptional(),
  overrideManagers: z.array(z.string().min(1)).exactOptional(),
  featureGates: z.record(z.string(), z.boolean()).exactOptional(),
  insecureKubeconfigTls: z.boolean().exactOptional(),
  remoteBases: z.boolean().exactOptional(),
  sopsAgeSecret: z.string().min(1).exactOptional(),
  sopsVaultConfigMap: z.string().min(1).exactOptional(),
  identityRoleArn: z.string().min(1).exactOptional(),
});

const record = z.object({
  id: z.string().regex(ID),
  name: z.string().min(1),
  server: z.url({ protocol: /^https$/ }),
  ca: z.string().min(1).optional(),
  labels: z.record(z.string(), z.string()),
  eks: z
    .object({ cluster: z.string().min(1), region: z.string().min(1), roleArn: z.string().min(1) })
    .exactOptional(),
  settings,
});

/** The record stored under `id`; Fault `malformed` with the first defect. */
export function parseRecord(id: string, body: Uint8Array): ClusterRecord {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw malformed(id, messageOf(error), error);
  }
  const parsed = record.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(id, `${issue?.path.join('.')}: ${issue?.message}`, parsed.error);
  }
  const { ca, ...rest } = parsed.data;
  if (rest.id !== id) throw malformed(id, `its id is ${rest.id}`);
  return { ...rest, ...(ca !== undefined && { ca }) };
}

function malformed(id: string, why: string, cause?: unknown): Fault {
  const text = `the record of cluster ${id} cannot be read (${why}); register the cluster again`;
  return new Fault('malformed', text, { id }, cause);
}
