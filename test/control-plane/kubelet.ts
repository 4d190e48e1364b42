import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type Api, connect, successful, type WatchEvent } from './api.ts';
import { beat, HEARTBEAT_MS, nodeLabels, register } from './node-life.ts';
import { nextStep, type Pod, type Step } from './pod-life.ts';
import { statusAfter } from './pod-status.ts';

// A kubelet without containers: node kubelet.ts <kubeconfig> <node name>

const RECONNECT_MS = 250;
const RETRY_MS = 500;

interface Pending {
  readonly step: string;
  readonly timer: NodeJS.Timeout;
}

interface Kubelet {
  readonly api: Api;
  readonly node: string;
  readonly pending: Map<string, Pending>;
  readonly addresses: Map<string, string>;
}

async function main(kubeconfig: string, node: string): Promise<void> {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
  const api = connect({
    server: clusters[0].cluster.server,
    ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
    token: users[0].user.token,
  });
  const kubelet: Kubelet = { api, node, pending: new Map(), addresses: new Map() };
  await Promise.all([
    forever('heartbeat', HEARTBEAT_MS, async () => {
      await register(api, node);
      await beat(api, node);
    }),
    forever('pods', 0, () => followPods(kubelet)),
  ]);
}

async function forever(what: string, pauseMs: number, task: () => Promise<void>): Promise<never> {
  for (;;) {
    try {
      await task();
      await sleep(pauseMs);
    } catch (error) {
      console.error(`${new Date().toISOString()} ${what}: ${error}`);
      await sleep(RECONNECT_MS);
    }
  }
}

// Returns when the watch ends, whatever the reason: the next list tells what was missed.
async function followPods(kubelet: Kubelet): Promise<void> {
  const list = await kubelet.api.get<{ metadata: { resourceVersion: string }; items: Pod[] }>('/api/v1/pods');
  if (!list) throw new Error('the API server knows no pods');
  const present = new Set(list.items.map((pod) => pod.metadata.uid));
  for (const uid of kubelet.addresses.keys()) if (!present.has(uid)) forget(kubelet, uid);
  for (const pod of list.items) consider(kubelet, pod);

  const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${list.metadata.resourceVersion}`;
  await kubelet.api.watch<Pod>(`/api/v1/pods?${query}`, ({ type, object }: WatchEvent<Pod>) => {
    if (type === 'DELETED') forget(kubelet, object.metadata.uid);
    else if (type === 'ADDED' || type === 'MODIFIED') consider(kubelet, object);
    else if (type === 'ERROR') console.error(`the watch ends: ${JSON.stringify(object)}`);
  });
}

function forget({ pending, addresses }: Kubelet, uid: string): void {
  clearTimeout(pending.get(uid)?.timer);
  pending.delete(uid);
  addresses.delete(uid);
}

function consider(kubelet: Kubelet, pod: Pod): void {
  const { uid } = pod.metadata;
  const next = nextStep(pod, kubelet.node, nodeLabels(kubelet.node));
  const step = JSON.stringify(next);
  const present = kubelet.pending.get(uid);
  if (present?.step === step) return;
  clearTimeout(present?.timer);
  kubelet.pending.delete(uid);
  if (next) plan(kubelet, pod, next, step, next.afterMs);
}

function plan(kubelet: Kubelet, pod: Pod, next: Step, step: string, afterMs: number): void {
  const timer = setTimeout(async () => {
    try {
      await take(kubelet, next, pod);
    } catch (error) {
      console.error(`${new Date().toISOString()} ${next.do} ${pod.metadata.name}: ${error}`);
      if (kubelet.pending.get(pod.metadata.uid)?.timer === timer) plan(kubelet, pod, next, step, RETRY_MS);
    }
  }, afterMs);
  kubelet.pending.set(pod.metadata.uid, { step, timer });
}

async function take(kubelet: Kubelet, step: Step, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const send = async (method: string, to: string, body: object, contentType?: string) => {
    const answer = await kubelet.api.send(method, to, body, contentType);
    // Somebody else removed, replaced or bound it: the watch tells.
    if (answer.status !== 404 && answer.status !== 409) successful(`${method} ${to}`, answer);
  };
  if (step.do === 'bind') {
    const target = { apiVersion: 'v1', kind: 'Node', name: kubelet.node };
    await send('POST', `${path}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target,
    });
  } else if (step.do === 'remove') {
    await send('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } });
  } else {
    const status = statusAfter(step, pod, addressOf(kubelet, pod), new Date().toISOString());
    await send('PATCH', `${path}/status`, { metadata: { uid }, status }, 'application/merge-patch+json');
  }
}

function addressOf({ addresses }: Kubelet, pod: Pod): string {
  const { uid } = pod.metadata;
  const address = pod.status?.podIP ?? addresses.get(uid) ?? freeAddress(new Set(addresses.values()));
  addresses.set(uid, address);
  return address;
}

function freeAddress(taken: ReadonlySet<string>): string {
  for (let number = 1; number < 2 ** 16; number++) {
    const address = `10.244.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('no pod address is left');
}

const [kubeconfig, node] = process.argv.slice(2);
if (!kubeconfig || !node) throw new Error('usage: node kubelet.ts <kubeconfig> <node name>');
await main(kubeconfig, node);
