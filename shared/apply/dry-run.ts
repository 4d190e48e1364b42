import { Fault, isFault, messageOf } from '../core/failures.ts';
import { displayName, type KubernetesObject } from '../core/kubernetes-object.ts';
import type { ApplyContext } from './context.ts';
import { withoutSecrets } from './sanitise.ts';
import { withoutUndeclared } from './undeclared.ts';

/** The server's answer to a dry-run of an apply and what was sent for it, or its refusal. */
export type Trial =
  | { readonly answer: KubernetesObject; readonly sent: KubernetesObject }
  | { readonly refused: unknown };

/** The server names unknown fields of one depth at a time; no built-in kind is deeper than this in practice. */
const MOST_REDUCTIONS = 10;

/** Asks the server what an apply would make of the live object; nothing is written. Fields that a built-in kind does not have are left out, as Flux leaves them. */
export function tryApply(context: ApplyContext, object: KubernetesObject): Promise<Trial> {
  return reduced(context, object, true);
}

/** Applies for real, without the fields that a built-in kind does not have. */
export function applyReduced(context: ApplyContext, object: KubernetesObject): Promise<Trial> {
  return reduced(context, object, false);
}

async function reduced(context: ApplyContext, object: KubernetesObject, dryRun: boolean): Promise<Trial> {
  let sent = object;
  for (let round = 0; ; round++) {
    const trial = await tryOnce(context, sent, dryRun);
    const less = 'refused' in trial ? withoutUndeclared(sent, trial.refused) : undefined;
    if (!less || round === MOST_REDUCTIONS) return trial;
    sent = less;
  }
}

async function tryOnce(context: ApplyContext, sent: KubernetesObject, dryRun: boolean): Promise<Trial> {
  try {
    const options = { fieldManager: context.fieldManager, force: true, ...(dryRun && { dryRun }) };
    return { answer: await context.cluster.apply(sent, options), sent };
  } catch (refused) {
    return { refused };
  }
}

/** How Flux words a refused dry-run, without the values of Secrets. */
export function refusalMessage(object: KubernetesObject, refused: unknown, live?: KubernetesObject): string {
  const name = displayName(object);
  const message = withoutSecrets(textOf(object, refused), object, live);
  if (isFault(refused, 'not-found')) {
    return object.metadata.namespace
      ? `${name} not found: ${message}`
      : `${name} namespace not specified: ${message}`;
  }
  const reason = isFault(refused) ? refused.data.reason : undefined;
  const shown = typeof reason === 'string' && reason !== '' && reason !== 'Unknown' ? ` (${reason})` : '';
  return `${name} dry-run failed${shown}: ${message}`;
}

/** What kube-apiserver answers when a namespaced kind is asked for without a namespace. */
export function withoutNamespace(): Fault {
  return new Fault('not-found', 'the server could not find the requested resource', {
    status: 404,
    reason: 'NotFound',
  });
}

function textOf(object: KubernetesObject, refused: unknown): string {
  return isFault(refused, 'no-such-kind')
    ? `no matches for kind "${object.kind}" in version "${object.apiVersion}"`
    : messageOf(refused);
}

// How webhooks and CEL rules say it; kube-apiserver's own refusals are told by their status.
const IMMUTABLE = [/is\simmutable/, /immutable\sfield/];

/** Whether a refusal may come from an immutable field. Like Flux's and kubectl's, too wide: any conflict, any invalid object. */
export function isImmutableRefusal(refused: unknown): boolean {
  if (isFault(refused, 'conflict', 'invalid', 'immutable')) {
    const { reason, status } = refused.data;
    if (refused.code !== 'invalid' || reason === 'Invalid' || status === 422) return true;
  }
  const message = messageOf(refused);
  return IMMUTABLE.some((pattern) => pattern.test(message));
}
