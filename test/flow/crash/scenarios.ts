import { createHmac } from 'node:crypto';
import { handler as receive } from '../../../functions/receive.ts';
import type { HttpEvent } from '../../../shared/core/http-event.ts';
import type { KubernetesObject, ObjectReference, Ports } from '../../../shared/ports.ts';
import { type CommitFile, commit, createRepository } from '../../servers/git-http.ts';
import { GIT_REPOSITORY, KUSTOMIZATION } from '../drive.ts';
import { RECEIVER, receiver, tokenSecret } from '../webhook.ts';
import type { Scenario } from './everywhere.ts';
import type { Stage } from './stage.ts';

/** The commits of the template that every stage's repository is a copy of. */
export interface Commits {
  readonly first: string;
  /** Changes an object, takes one away, adds one. */
  readonly second: string;
  /** As the first, but for a value. */
  readonly third: string;
  /** Holds an object that the API server refuses. */
  readonly broken: string;
}

const SOURCE = 'apps';
const TOKEN = 'secret token';

/** Makes the template below `root`. */
export async function template(
  root: string,
): Promise<{ readonly repository: string; readonly commits: Commits }> {
  const repository = await createRepository(root, 'template');
  const put = (files: Readonly<Record<string, CommitFile>>, subject: string) =>
    commit(repository, files, subject);
  const first = await put(
    {
      'base/z.yaml': configMap('z', '1'),
      'app/a.yaml': configMap('a', '1'),
      'app/b.yaml': configMap('b', '1'),
    },
    'first',
  );
  const second = await put(
    {
      'app/a.yaml': configMap('a', '2'),
      'app/b.yaml': null,
      'app/c.yaml': deployment('c'),
      'app/d.yaml': configMap('d', '1'),
    },
    'second',
  );
  const third = await put(
    {
      'app/a.yaml': configMap('a', '3'),
      'app/b.yaml': configMap('b', '1'),
      'app/c.yaml': null,
      'app/d.yaml': null,
    },
    'third',
  );
  const broken = await put(
    { 'app/e.yaml': service('e', 70_000), 'app/a.yaml': configMap('a', '3') },
    'broken',
  );
  return { repository, commits: { first, second, third, broken } };
}

/** Each is told by what happens. */
export const SCENARIOS: readonly Scenario<Commits>[] = [
  {
    name: 'a first fetch and apply',
    before: async (stage, { first }) => stage.push(first),
    happens: (stage) => stage.create(source(stage), applier(stage, 'one')),
  },
  {
    name: 'an upgrade that prunes',
    before: (stage, { first }) => started(stage, first, applier(stage, 'one')),
    happens: (stage, { second }) => pushed(stage, second),
  },
  {
    name: 'an upgrade that is taken back at once',
    before: (stage, { first }) => started(stage, first, applier(stage, 'one')),
    happens: (stage, { second }) => pushed(stage, second),
    meanwhile: (stage, { third }) => pushed(stage, third),
  },
  {
    name: 'a wait for health',
    before: (stage, { first }) => started(stage, first, applier(stage, 'one', { wait: true })),
    happens: (stage, { second }) => pushed(stage, second),
  },
  {
    name: 'a deletion',
    before: (stage, { second }) => started(stage, second, applier(stage, 'one')),
    happens: async (stage) => {
      await stage.ground.cluster.delete(applierAt(stage, 'one'));
      await stage.wake(applierAt(stage, 'one'));
    },
  },
  {
    name: 'an apply that fails',
    before: (stage, { first }) => started(stage, first, applier(stage, 'one')),
    happens: (stage, { broken }) => pushed(stage, broken),
  },
  {
    name: 'a chain of dependencies',
    before: async (stage, { first }) => stage.push(first),
    happens: (stage) => {
      const second = applier(stage, 'two', { dependsOn: [{ name: 'one' }] });
      return stage.create(second, applier(stage, 'one', { path: './base' }), source(stage));
    },
  },
  {
    name: 'a fetch that finds a new commit',
    before: async (stage, { first }) => {
      stage.push(first);
      await stage.create(source(stage));
    },
    happens: (stage, { second }) => pushed(stage, second),
  },
  {
    name: 'a Receiver and a delivery',
    before: async (stage, { first }) => {
      await started(stage, first, applier(stage, 'one'));
      await stage.ground.cluster.create(tokenSecret(stage.namespace, 'hook', TOKEN), {
        fieldManager: 'person',
      });
    },
    happens: (stage) => stage.create(hook(stage)),
  },
  {
    name: 'a delivery of a push',
    before: async (stage, { first }) => {
      await started(stage, first, applier(stage, 'one'));
      await stage.ground.cluster.create(tokenSecret(stage.namespace, 'hook', TOKEN), {
        fieldManager: 'person',
      });
      await stage.create(hook(stage));
      await stage.untilQuiet();
    },
    happens: async (stage, { second }) => {
      stage.push(second);
      await deliver(stage, stage.ports);
    },
  },
];

async function started(stage: Stage, commit: string, ...objects: readonly KubernetesObject[]): Promise<void> {
  stage.push(commit);
  await stage.create(source(stage), ...objects);
}

async function pushed(stage: Stage, commit: string): Promise<void> {
  stage.push(commit);
  await stage.wake({ ...GIT_REPOSITORY, namespace: stage.namespace, name: SOURCE });
}

/** A push as GitHub tells it; throws unless it was taken. */
async function deliver({ ground, namespace }: Stage, ports: Ports): Promise<void> {
  const found = await ground.cluster.get({ ...RECEIVER, namespace, name: 'hook' });
  const { webhookPath = '' } = (found?.status ?? {}) as { webhookPath?: string };
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  const mac = createHmac('sha256', TOKEN).update(body).digest('hex');
  const event: HttpEvent = {
    ...{ rawPath: webhookPath, rawQueryString: '', body, isBase64Encoded: false },
    headers: {
      ...{
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': crypto.randomUUID(),
      },
      'x-hub-signature-256': `sha256=${mac}`,
    },
    requestContext: { http: { method: 'POST' } },
  };
  const { statusCode } = await receive(event, ports);
  if (statusCode !== 202) throw new Error(`the delivery was answered ${statusCode}`);
}

function hook({ namespace }: Stage): KubernetesObject {
  return receiver(namespace, 'hook', [{ kind: GIT_REPOSITORY.kind, name: SOURCE }]);
}

function source({ ground, namespace }: Stage): KubernetesObject {
  const url = `${ground.gitUrl}/${namespace}.git`;
  return {
    ...GIT_REPOSITORY,
    metadata: { namespace, name: SOURCE },
    spec: { url, interval: '1h', ref: { branch: 'main' } },
  };
}

function applier({ namespace }: Stage, name: string, spec: object = {}): KubernetesObject {
  const sourceRef = { kind: GIT_REPOSITORY.kind, name: SOURCE };
  const times = { interval: '1h', retryInterval: '1h', timeout: '5m' };
  return {
    ...KUSTOMIZATION,
    metadata: { namespace, name },
    spec: { ...times, prune: true, path: './app', targetNamespace: namespace, sourceRef, ...spec },
  };
}

function applierAt({ namespace }: Stage, name: string): ObjectReference {
  return { ...KUSTOMIZATION, namespace, name };
}

function configMap(name: string, value: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });
}

function service(name: string, port: number): string {
  const spec = { selector: { app: name }, ports: [{ port }] };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
}

function deployment(name: string): string {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name, image: 'example.invalid/app:1' }] } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec });
}
