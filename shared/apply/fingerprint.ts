import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../core/digests.ts';
import type { KubernetesObject, ManagedFieldsEntry, ObjectMetadata } from '../core/kubernetes-object.ts';
import { fieldsWithout } from './field-set.ts';
import { isTyped } from './normalise.ts';
import { project } from './projection.ts';

/** 72 bits: two states of one object collide once in 2^36 pairs, and only for who knows the key. */
const HASH_CHARACTERS = 12;

type Managed = { readonly metadata: ObjectMetadata };

/** Our entry in managedFields: made by Apply, of the main resource. The last one, should an old version's still be there. */
export function entryOf(object: Managed, fieldManager: string): ManagedFieldsEntry | undefined {
  return object.metadata.managedFields?.findLast(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource,
  );
}

/** H: hash of our whole entry, its time included; empty when we have none. Holds no values, hence no key. */
export function entryHash(object: Managed, fieldManager: string): string {
  const entry = entryOf(object, fieldManager);
  if (!entry) return '';
  return createHash('sha256').update(canonicalJson(entry)).digest('base64').slice(0, HASH_CHARACTERS);
}

/** Whether our entries list the same fields of the same version, whenever they were made. */
export function ownsTheSame(a: Managed, b: Managed, fieldManager: string): boolean {
  const [first, second] = [entryOf(a, fieldManager), entryOf(b, fieldManager)];
  return (
    first?.apiVersion === second?.apiVersion &&
    canonicalJson(first?.fieldsV1 ?? {}) === canonicalJson(second?.fieldsV1 ?? {})
  );
}

/**
 * Whether our entry of `a` lists every field that the one of `b` lists, of the same version, and perhaps more; but for
 * what is empty, zero or false in a built-in kind, as Flux's Go types leave such fields out.
 */
export function ownsAtLeast(a: Managed, b: KubernetesObject, fieldManager: string): boolean {
  const [first, second] = [entryOf(a, fieldManager), entryOf(b, fieldManager)];
  if (first?.apiVersion !== second?.apiVersion) return false;
  const missing = fieldsWithout(second?.fieldsV1 ?? {}, first?.fieldsV1 ?? {});
  return Object.keys(missing).length === 0 || (isTyped(b) && isEmpty(project(b, missing)));
}

/** Whether a projection has nothing but Go's zero values, which the server leaves out, too. */
function isEmpty(projected: unknown): boolean {
  if (Array.isArray(projected)) return projected.every(([, child]) => isEmpty(child));
  const { value } = projected as { readonly value?: unknown };
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) ? Object.keys(value).length === 0 : !value;
}

/** M: the metadata we own, finalizers and owner references; computable from a metadata LIST. */
export function metadataHash(object: Managed, fieldManager: string, key: Uint8Array): string {
  const { finalizers = [], ownerReferences = [] } = object.metadata;
  const fields = entryOf(object, fieldManager)?.fieldsV1?.['f:metadata'];
  const owned = isFields(fields) ? project(object.metadata, fields) : null;
  return keyed(key, { owned, finalizers, ownerReferences });
}

/** V: the values of all the fields we own. Keyed, or it would let weak secrets be guessed. */
export function valueHash(object: KubernetesObject, fieldManager: string, key: Uint8Array): string {
  return keyed(key, project(object, entryOf(object, fieldManager)?.fieldsV1 ?? { 'f:metadata': {} }));
}

/** S: all that a drift check compares (labels, annotations, everything but metadata and status), owned or not. */
export function contentHash(object: KubernetesObject, key: Uint8Array): string {
  return keyed(key, comparedContent(object));
}

/** D: the manifest as we would send it. */
export function manifestHash(object: KubernetesObject, key: Uint8Array): string {
  return keyed(key, object);
}

/** Flux's definition of drift: a dry-run's answer against the live object. */
export function hasDrifted(live: KubernetesObject, answer: KubernetesObject): boolean {
  return canonicalJson(comparedContent(live)) !== canonicalJson(comparedContent(answer));
}

function comparedContent(object: KubernetesObject): unknown {
  const { metadata, status: _, ...content } = object;
  return { content, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
}

function keyed(key: Uint8Array, value: unknown): string {
  return createHmac('sha256', preparedKey(key))
    .update(canonicalJson(value))
    .digest('base64')
    .slice(0, HASH_CHARACTERS);
}

const PREPARED = new WeakMap<Uint8Array, KeyObject>();

/** The deployment's key as OpenSSL takes it: preparing it costs more than a hash of a small object. */
function preparedKey(key: Uint8Array): KeyObject {
  const known = PREPARED.get(key);
  if (known) return known;
  const prepared = createSecretKey(key);
  PREPARED.set(key, prepared);
  return prepared;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
