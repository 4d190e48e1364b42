import { createHmac } from 'node:crypto';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { type Reconciled, read } from './drive.ts';
import type { Setting } from './setting.ts';

export const RECEIVER = { apiVersion: 'notification.toolkit.fluxcd.io/v1', kind: 'Receiver' } as const;

/** A Receiver whose Secret has its name. */
export function receiver(
  namespace: string,
  name: string,
  resources: readonly object[],
  spec: object = {},
): KubernetesObject {
  return {
    ...RECEIVER,
    metadata: { namespace, name },
    spec: { type: 'github', secretRef: { name }, resources, interval: '10m', ...spec },
  };
}

/** The Receiver `name` of the setting. */
export function receiverAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...RECEIVER, namespace, name };
}

/** A Secret with the token of the Receiver of that name. */
export function tokenSecret(
  namespace: string,
  name: string,
  token: string,
  labels: Readonly<Record<string, string>> = {},
): KubernetesObject {
  const stringData = { token };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name, labels }, stringData };
}

/** The path in a Receiver's status, undefined when it has none. */
export async function pathOf(
  { world }: Pick<Setting, 'world'>,
  reference: ObjectReference,
): Promise<string | undefined> {
  const { status } = (await read(world, reference)) as Reconciled & { status: { webhookPath?: string } };
  return status.webhookPath;
}

/** A push as GitHub sends it, signed with `token`; the answer's status. */
export async function push(
  { world }: Pick<Setting, 'world'>,
  path: string,
  token: string,
  { id = crypto.randomUUID(), payload = {} as object, event = 'push' } = {},
): Promise<number> {
  const body = JSON.stringify({ ref: 'refs/heads/main', ...payload });
  const mac = createHmac('sha256', token).update(body).digest('hex');
  const response = await fetch(world.runtime.webhook.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${mac}`,
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
