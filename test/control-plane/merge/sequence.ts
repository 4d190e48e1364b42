import { trackUpdate } from '../../../infra/local/cluster/merge/track.ts';
import { isEqual } from '../../../infra/local/cluster/merge/values.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../../shared/core/kubernetes-object.ts';
import type { Api, ApiAnswer } from '../api.ts';
import { type Chance, chanceOf } from './chance.ts';
import type { Kind } from './kinds.ts';
import { type Replayed, replay, settingOf } from './replay.ts';
import { firstWrite, nextWrite, type Write } from './writes.ts';

/** What a sequence came to: how many writes were compared by outcome, and where the two differ. */
export interface Report {
  readonly compared: Record<string, number>;
  readonly differences: unknown[];
}

interface Status {
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

type Body = KubernetesObject & Status;

const CONTENT_TYPES: Readonly<Record<Write['how'], string>> = {
  create: 'application/json',
  update: 'application/json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
const METHODS: Readonly<Partial<Record<Write['how'], string>>> = { create: 'POST', update: 'PUT' };

/** Plays random writes on one object of the real API server, and each on what the server had before through the merge. */
export async function playSequence(
  api: Api,
  kind: Kind,
  seed: number,
  length: number,
  report: Report,
): Promise<void> {
  const chance = chanceOf(seed);
  const name = `${kind.plural}-${seed}`;
  const history: KubernetesObject[] = [];
  for (let i = 0; i < length; i++) {
    const live = history.at(-1);
    const write = live ? nextWrite(kind, live, history, chance) : firstWrite(kind, name, chance);
    const before = live && { ...live, apiVersion: write.apiVersion };
    const answer = await send(api, kind, name, write);
    const found = await compareOutcomes({ api, kind, name, write, before, answer, chance });
    report.compared[found.outcome] = (report.compared[found.outcome] ?? 0) + 1;
    if (found.difference)
      report.differences.push({ seed, step: i, write, before, ...(found.difference as object) });
    if (answer.status < 300) history.push(answer.body);
  }
  await api.send('DELETE', pathOf(kind, name, { apiVersion: kind.apiVersion }));
}

interface Step {
  readonly api: Api;
  readonly kind: Kind;
  readonly name: string;
  readonly write: Write;
  readonly before: KubernetesObject | undefined;
  readonly answer: ApiAnswer<Body>;
  readonly chance: Chance;
}

interface Found {
  readonly outcome: string;
  readonly difference?: unknown;
}

function pathOf(
  { group, plural }: Kind,
  name: string,
  { apiVersion, subresource }: Pick<Write, 'apiVersion' | 'subresource'>,
  create = false,
): string {
  const root = group === '' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}/namespaces/default/${plural}${create ? '' : `/${name}`}${subresource ? `/${subresource}` : ''}`;
}

function send(api: Api, kind: Kind, name: string, write: Write, query = ''): Promise<ApiAnswer<Body>> {
  const { how, manager, force, body } = write;
  const path = pathOf(kind, name, write, how === 'create');
  const forced = how === 'apply' && force ? '&force=true' : '';
  const url = `${path}?fieldManager=${manager}${forced}${query}`;
  return api.send<Body>(METHODS[how] ?? 'PATCH', url, JSON.stringify(body), CONTENT_TYPES[how]);
}

async function compareOutcomes(step: Step): Promise<Found> {
  const { kind, write, before, answer } = step;
  const ours = replay(kind, write, before, newestTime(answer.body, before));
  const outcome = `${write.how}${write.subresource ? '/status' : ''} ${answer.status}`;
  if (answer.status >= 300) return { outcome, difference: compareRefusals(answer, ours) };
  if (ours.refusal) return { outcome, difference: { expected: answer.body, refused: ours.refusal.message } };
  return {
    outcome,
    difference: (await compareContents(step, ours.written)) ?? compareOwners(step, ours.written),
  };
}

/** Other parts of the API server refuse with 422 what the merge knows nothing of. */
function compareRefusals({ status, body }: ApiAnswer<Body>, { refusal }: Replayed): unknown {
  const merged = [409, 500].includes(status) || body.message === refusal?.message;
  if (!merged)
    return refusal && { expected: [status, body.message], refusal: [refusal.code, refusal.message] };
  const fields = (causes: Status['details']) =>
    causes?.causes?.map(({ field, message }) => `${field} ${message}`).sort();
  const expected = [status, body.message, fields(body.details)];
  const found = refusal && [refusal.code, refusal.message, fields(refusal.details as Status['details'])];
  return isEqual(expected, found) ? undefined : { expected, found };
}

/** Whether what is stored is what the merge made, after the server has given its defaults to that. */
async function compareContents(step: Step, written: KubernetesObject): Promise<unknown> {
  const { api, kind, name, write, before, answer } = step;
  const { managedFields: _, ...metadata } = written.metadata;
  const { resourceVersion } = answer.body.metadata;
  const dry = before
    ? { how: 'update' as const, body: { ...written, metadata: { ...metadata, resourceVersion } } }
    : { how: 'create' as const, body: { ...written, metadata: { ...metadata, name: `${name}-dry` } } };
  const made = await send(api, kind, name, { ...write, ...dry }, '&dryRun=All');
  if (made.status >= 300) return { expected: answer.body, written, refused: made.body.message };
  const [expected, found] = [contentOf(answer.body, write), contentOf(made.body, write)];
  return isEqual(expected, found) ? undefined : { expected, found };
}

/** What a write decides: no names, no addresses, and of main resources no status. */
function contentOf({ metadata, status, spec, ...rest }: KubernetesObject, { subresource }: Write): unknown {
  const { labels, annotations } = metadata;
  if (subresource) return status;
  const { clusterIP: _, clusterIPs: __, ...others } = (spec ?? {}) as Record<string, unknown>;
  return { ...rest, spec: others, labels, annotations };
}

/** Whether the same is recorded; what a write other than an apply records, it records after the server's defaults. */
function compareOwners({ kind, write, before, answer }: Step, written: KubernetesObject): unknown {
  const { managedFields: expected = [], ...metadata } = answer.body.metadata;
  const setting = settingOf(kind, write, newestTime(answer.body, before));
  const sent = sentEntries(write, before);
  const decoded = withoutAllocations({ ...answer.body, metadata: { ...metadata, ...sent } }, written);
  const result = write.how === 'apply' ? written : trackUpdate({ ...setting, before, after: decoded });
  const found = result.metadata.managedFields ?? [];
  const same = kind.custom ? isEqual(expected, found) : JSON.stringify(expected) === JSON.stringify(found);
  return same ? undefined : { expected: lines(expected), found: lines(found) };
}

/** The managedFields that a request asks to store. */
function sentEntries({ how, body }: Write, before: KubernetesObject | undefined): object {
  const sender = how === 'update' || how === 'create' ? (body as KubernetesObject) : before;
  const managedFields = sender?.metadata.managedFields;
  return managedFields === undefined ? {} : { managedFields };
}

const ALLOCATED = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

/** The object without the addresses that it was given later, as `written` does not have them. */
function withoutAllocations(object: KubernetesObject, written: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Service') return object;
  const asked = (written.spec ?? {}) as Record<string, unknown>;
  const spec = Object.entries(object.spec as object).filter(
    ([name]) => !ALLOCATED.includes(name) || asked[name] !== undefined,
  );
  return { ...object, spec: Object.fromEntries(spec) };
}

/** When the server did the write: the newest time that was not there before. */
function newestTime({ metadata }: KubernetesObject, before: KubernetesObject | undefined): Date {
  const times = (entries: readonly ManagedFieldsEntry[] | undefined) =>
    (entries ?? []).flatMap(({ time }) => time ?? []).sort();
  const newest = times(metadata?.managedFields).at(-1) ?? times(before?.metadata.managedFields).at(-1);
  return new Date(newest ?? '2026-01-01T00:00:00Z');
}

function lines(entries: readonly ManagedFieldsEntry[]): readonly string[] {
  return entries.map((entry) => JSON.stringify(entry));
}
