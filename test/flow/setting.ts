import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { type CollectingLog, createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import type { ForwardMessage, QueueName, WorkMessage } from '../../shared/core/messages.ts';
import type { Clock, OutgoingMessage, Ports, Queues } from '../../shared/ports.ts';
import { work } from '../../shared/reconcile/work.ts';
import { type CommitFile, commit, createRepository } from '../servers/git-http.ts';
import {
  condition,
  create,
  GIT_REPOSITORY,
  gitRepository,
  KUSTOMIZATION,
  kustomization,
  type Reconciled,
  reconcile,
} from './drive.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

/** What the tests of one file share: a world, and a namespace of their own. */
export interface Setting {
  readonly world: World;
  readonly namespace: string;
  readonly log: CollectingLog;
  /** Requests to the API server since the last `length = 0`. */
  readonly requests: { readonly method: string; readonly path: string; readonly user?: string }[];
}

/** Opens a world for the file, with `namespace` in it, on the shared control plane unless `place` says where; closed after its tests. */
export function useWorld(
  namespace: string,
  place: () => Promise<Partial<WorldOptions>> = async () => ({}),
): Setting {
  const dir = mkdtempSync(join(tmpdir(), 'flow-'));
  const log = createCollectingLog();
  const requests: { method: string; path: string; user?: string }[] = [];
  let world: World | undefined;
  beforeAll(async () => {
    const shared = { server: inject('server'), ca: inject('ca'), token: inject('token') };
    const at = { ...shared, ...(await place()) };
    world = await openWorld({ dir, ...at, log, onRequest: (request) => requests.push(request) });
    const metadata = { name: namespace };
    await world.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata }, { fieldManager: 'person' });
  });
  afterAll(async () => {
    await world?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    get world() {
      if (world === undefined) throw new Error('the world opens before the first test');
      return world;
    },
    namespace,
    log,
    requests,
  };
}

/** Commits files to the repository `name`, created when new; returns the commit's id. */
export async function publish(
  { world }: Setting,
  name: string,
  files: Readonly<Record<string, CommitFile>>,
  subject = 'a change',
): Promise<string> {
  const repository = join(world.gitRoot, `${name}.git`);
  if (!repositories.has(repository)) await createRepository(world.gitRoot, name);
  repositories.add(repository);
  return commit(repository, files, subject);
}

const repositories = new Set<string>();

/** The GitRepository `name` of the setting. */
export function sourceAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...GIT_REPOSITORY, namespace, name };
}

/** The Kustomization `name` of the setting. */
export function applierAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...KUSTOMIZATION, namespace, name };
}

/** A ConfigMap's manifest. */
export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>): string {
  const metadata = { name, namespace };
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })}\n`;
}

/** One visit each of the source and the Kustomization of the same name; the Kustomization as it is then. */
export async function sync(setting: Setting, name: string): Promise<Reconciled> {
  await reconcile(setting.world, sourceAt(setting, name));
  return reconcile(setting.world, applierAt(setting, name));
}

/** Starts a repository, a source and a Kustomization of one name, one visit each; the Kustomization as it is then. */
export function startsIn(setting: Setting) {
  return async (
    name: string,
    files: Readonly<Record<string, CommitFile>>,
    spec: object = {},
  ): Promise<Reconciled> => {
    const { world, namespace } = setting;
    await publish(setting, name, files);
    await create(world, gitRepository(world, namespace, name), kustomization(namespace, name, spec));
    return sync(setting, name);
  };
}

/** Hands the worker one message about an object and says what became of it; `ok` is false when the batch was refused, too. */
export function visitsIn(setting: Setting) {
  return async ({ kind, namespace = '', name }: ObjectReference, others: Partial<Ports> = {}) => {
    const { clusterId, runtime } = setting.world;
    const { queues, woken } = keepingQueues();
    const message = { cluster: clusterId, kind, namespace, name, reason: 'delivery', hops: 0 };
    const body = JSON.stringify({ ...message, since: new Date().toISOString(), trace: crypto.randomUUID() });
    const known = setting.log.entries.length;
    const ports = { ...runtime.ports, queues, ...others };
    const batch = [{ id: '1', body, receiveCount: 1 }];
    const settled = await work(batch, ports, AbortSignal.timeout(60_000)).catch(() => [
      { id: '1', ok: false },
    ]);
    const warned = setting.log.entries.slice(known).filter(({ level }) => level !== 'info');
    return { ok: settled.every(({ ok }) => ok), woken: woken(), warned: JSON.stringify(warned) };
  };
}

/** Applies a Secret, as a person does; what it does not name stays. */
export function secretsIn(setting: Setting) {
  return async (name: string, stringData: Readonly<Record<string, string>>): Promise<void> => {
    const metadata = { namespace: setting.namespace, name };
    const object = { apiVersion: 'v1', kind: 'Secret', metadata, stringData };
    await setting.world.cluster.apply(object, { fieldManager: 'person' });
  };
}

/** Status, reason and message of a condition in one line, `none` when it is absent. */
export function told(object: Reconciled, type = 'Ready'): string {
  const found = condition(object, type);
  return found ? `${found.status} ${found.reason}: ${found.message}` : 'none';
}

/** Visits again and again until `until` holds, at most 30 s: what the chain of delayed messages does. */
export async function poll(
  setting: Setting,
  reference: ObjectReference,
  until: (object: Reconciled) => boolean,
): Promise<Reconciled> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const object = await reconcile(setting.world, reference);
    if (until(object)) return object;
    if (Date.now() > deadline) throw new Error(`still ${told(object)}`);
    await systemClock.sleep(100, AbortSignal.timeout(1000));
  }
}

/** The events about an object that earlier calls have not returned, oldest first, and one said twice in one second once. */
export async function newEvents({ world }: Setting, reference: ObjectReference): Promise<readonly string[]> {
  const { kind, namespace, name } = reference;
  const { items } = await world.cluster.list(
    { apiVersion: 'v1', kind: 'Event', ...(namespace && { namespace }) },
    { fieldSelector: `involvedObject.kind=${kind},involvedObject.name=${name}` },
  );
  const fresh = items.filter(({ metadata }) => !reported.has(metadata.uid ?? ''));
  for (const { metadata } of fresh) reported.add(metadata.uid ?? '');
  const numbered = (item: KubernetesObject): number => Number(item.metadata.resourceVersion);
  const events = fresh.toSorted((a, b) => numbered(a) - numbered(b)) as unknown as readonly {
    type: string;
    reason: string;
    message: string;
  }[];
  return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

const reported = new Set<string>();

/** Queues that keep what was sent, work that waits in `later` unwrapped. */
export function keepingQueues(): {
  readonly queues: Queues;
  readonly sent: (OutgoingMessage & { readonly queue: QueueName })[];
  readonly woken: () => readonly string[];
} {
  const sent: (OutgoingMessage & { readonly queue: QueueName })[] = [];
  const queues: Queues = {
    send: async (queue, messages) => {
      for (const message of messages) sent.push({ ...message, queue });
    },
  };
  const woken = (): readonly string[] =>
    sent.map(({ queue, body, delaySeconds }) => {
      const parsed = JSON.parse(body) as WorkMessage | ForwardMessage;
      const { kind, name } = 'message' in parsed ? parsed.message : parsed;
      return `${queue} ${kind}/${name}${delaySeconds === undefined ? '' : ` in ${delaySeconds}s`}`;
    });
  return { queues, sent, woken };
}

/** The system's clock, so many milliseconds ahead. */
export function ahead(milliseconds: number): Clock {
  return { ...systemClock, now: () => new Date(systemClock.now().getTime() + milliseconds) };
}
