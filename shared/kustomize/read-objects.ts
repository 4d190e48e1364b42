import { Fault } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { isYamlMap, type YamlMap, type YamlValue } from '../core/yaml.ts';

type Writable = { [key: string]: unknown };

/** The objects among what was built, by the rules of pkg/ssa's ReadObjects: lists are expanded; what has no apiVersion or name and kustomize's own configuration are dropped; empty documents too (KS-34). Fault `invalid` for a document without a kind. */
export function objectsOf(documents: readonly YamlValue[]): readonly KubernetesObject[] {
  return documents.flatMap((document) => {
    if (document === null) return [];
    if (!isYamlMap(document) || typeof document.kind !== 'string' || document.kind === '') {
      throw new Fault(
        'invalid',
        `error unmarshaling JSON: while decoding JSON: Object 'Kind' is missing in '${JSON.stringify(exact(document, '')).slice(0, 200)}'`,
      );
    }
    if (Array.isArray(document.items)) return document.items.map((item: YamlValue) => itemOf(item));
    return isObject(document) && !isKustomizeConfig(document) ? [toObject(document)] : [];
  });
}

function itemOf(item: YamlValue): KubernetesObject {
  if (!isYamlMap(item)) throw new Fault('invalid', 'items member is not an object');
  return toObject(item);
}

function isObject(document: YamlMap): boolean {
  const name = isYamlMap(document.metadata) ? document.metadata.name : undefined;
  return [document.apiVersion, name].every((text) => typeof text === 'string' && text !== '');
}

function isKustomizeConfig({ kind, apiVersion }: YamlMap): boolean {
  const config = typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/');
  return config && String(kind).toLowerCase() === 'kustomization';
}

function toObject(document: YamlMap): KubernetesObject {
  // Bounds in a schema are floating point numbers, so that 2^63-1 loses nothing that counts.
  const schema = document.kind === 'CustomResourceDefinition';
  return exact(document, schema ? undefined : '') as KubernetesObject;
}

/** JSON values; an integer that JSON.stringify would not write exactly is an error that says where (`at` undefined: a number anyway). */
function exact(value: YamlValue, at: string | undefined): unknown {
  if (typeof value === 'bigint') {
    if (at === undefined) return Number(value);
    throw new Fault(
      'invalid',
      `the integer ${value} at ${at || 'the root'} is too large to be carried exactly: quote it`,
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  const place = (key: string | number) =>
    at === undefined ? undefined : `${at}${at === '' ? '' : '.'}${key}`;
  if (Array.isArray(value)) return value.map((item: YamlValue, index) => exact(item, place(index)));
  const map = value as Writable;
  for (const [key, item] of Object.entries(value)) {
    // Only what changes is written: most values are as JSON has them.
    const result = exact(item, place(key));
    if (result !== item) map[key] = result;
  }
  return map;
}
