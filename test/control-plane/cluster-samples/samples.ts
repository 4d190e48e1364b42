import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { ResourceType } from '../../../infra/local/cluster/model.ts';
import { builtInResources } from '../../../infra/local/cluster/schema/built-in-resources.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

/** A good object with changes, by path. */
export interface Variant {
  /** `Kind name` of the good one. */
  readonly of: string;
  /** Values by path, such as `spec.ports.0.port`; null removes. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly allowed?: boolean;
  readonly says?: 'other';
}

const FILES = ['good-pods', 'good-workloads', 'good-network', 'good-others'];

function text(name: string): string {
  return readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8');
}

/** Objects that the API server takes, by `Kind name`. */
export function goodObjects(): ReadonlyMap<string, KubernetesObject> {
  const objects = FILES.flatMap((file) =>
    parseAllDocuments(text(file)).map((document) => document.toJS() as KubernetesObject),
  );
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

/** The variants of `bad.yaml` or `changes.yaml`. */
export function variants(name: 'bad' | 'changes'): readonly Variant[] {
  return parse(text(name)) as Variant[];
}

/** `base` with the changes of a variant. */
export function changed(base: KubernetesObject, set: Variant['set']): KubernetesObject {
  const object = structuredClone(base);
  for (const [path, value] of Object.entries(set)) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let at = object as unknown as Record<string, unknown>;
    for (const part of parts) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    if (value !== null) at[last] = value;
    else if (Array.isArray(at)) at.splice(Number(last), 1);
    else delete at[last];
  }
  return object;
}

/** The resource of an object. */
export function typeOf({ apiVersion, kind }: KubernetesObject): ResourceType {
  const [version, group = ''] = apiVersion.split('/').toReversed();
  const found = builtInResources().find(
    (type) => type.group === group && type.version === version && type.kind === kind,
  );
  if (!found) throw new Error(`${apiVersion} ${kind} is not served`);
  return found;
}

/** Where objects of a type are created. */
export function pathOf({ group, version, plural, namespaced }: ResourceType, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${plural}`;
}
