import type { KubernetesObject } from '../core/kubernetes-object.ts';

const MASK = '***';

// A shorter value would also hit words of the message; those are caught where the server quotes a value.
const SHORTEST_MASKED = 4;
// How structured-merge-diff and field errors quote the value they refuse.
const QUOTED_VALUES = [/(Value:)[^}]*(?=\})/g, /(Invalid value: )("(?:[^"\\]|\\.)*"|[^\s:]+)/g];

/** Whether values of this object must never be shown. */
export function isSecret({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return apiVersion === 'v1' && kind.toLowerCase() === 'secret';
}

/** `message` about `object` without any of its values, as they are sent or as they are in the cluster, if it is a Secret. */
export function withoutSecrets(message: string, object: KubernetesObject, live?: KubernetesObject): string {
  if (!isSecret(object)) return message;
  const quoted = QUOTED_VALUES.reduce((text, pattern) => text.replace(pattern, `$1${MASK}`), message);
  return [...secretTexts(object), ...(live ? secretTexts(live) : [])]
    .filter((text) => text.length >= SHORTEST_MASKED)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, MASK), quoted);
}

function secretTexts(object: KubernetesObject): readonly string[] {
  const data = valuesOf(object.data);
  const decoded = data.map((text) => Buffer.from(text, 'base64').toString('utf8'));
  return [...data, ...decoded, ...valuesOf(object.stringData)].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
  ]);
}

function valuesOf(fields: unknown): readonly string[] {
  if (typeof fields === 'string') return [fields];
  return isFields(fields) ? Object.values(fields).map((value) => String(value)) : [];
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
