import { en } from 'zod/locales';
import * as z from 'zod/mini';
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

// Its small form has no words of its own.
z.config(en());

const text = z.string().check(z.minLength(1));

const settings = z.object({
  owns: z.union([z.literal('all'), z.literal('none'), z.object({ shard: text })]),
  profile: z.enum(['flux', 'lockdown']),
  groups: z.int().check(z.minimum(1)),
  namespaces: z.exactOptional(z.array(text)),
  customStageKinds: z.exactOptional(z.array(text)),
  overrideManagers: z.exactOptional(z.array(text)),
  featureGates: z.exactOptional(z.record(z.string(), z.boolean())),
  insecureKubeconfigTls: z.exactOptional(z.boolean()),
  remoteBases: z.exactOptional(z.boolean()),
  sopsAgeSecret: z.exactOptional(text),
  sopsVaultConfigMap: z.exactOptional(text),
  identityRoleArn: z.exactOptional(text),
  identityServiceAccount: z.exactOptional(text.check(z.regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/))),
});

const record = z.object({
  id: z.string().check(z.regex(ID)),
  name: text,
  server: z.url({ protocol: /^https$/ }),
  ca: z.optional(text),
  labels: z.record(z.string(), z.string()),
  eks: z.exactOptional(z.object({ cluster: text, region: text, roleArn: text })),
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
