import { Fault } from '../core/failures.ts';
import { groupOf, versionOf } from '../core/kubernetes-object.ts';
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from '../core/yaml.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** One resource of a build: its YAML, and what that says. */
export interface BuiltDocument {
  readonly text: string;
  readonly object: YamlMap;
}

/** The resources of kustomize's output, which separates them by `---` and writes no empty one. Faults: `malformed`, `too-large`, `invalid` (no apiVersion, kind or name: KS-34). */
export async function readDocuments(yaml: string, budget: YamlBudget): Promise<readonly BuiltDocument[]> {
  const documents: BuiltDocument[] = [];
  for (const text of yaml.split(/^---\n/m)) {
    if (text.trim() === '') continue;
    await budget.spend(text.length, `resource ${documents.length + 1} of what was built`);
    documents.push(readDocument(text));
  }
  return documents;
}

function readDocument(text: string): BuiltDocument {
  const object = parseYaml(text);
  if (!isYamlMap(object) || !nameOf(object) || !textOf(object.kind) || !textOf(object.apiVersion)) {
    throw new Fault(
      'invalid',
      `failed to decode Kubernetes apiVersion, kind and name from: ${JSON.stringify(object, bigIntsAsText).slice(0, MAX_QUOTED)}`,
    );
  }
  return { text, object };
}

/** The YAML that kustomize would print for these resources. */
export function joinDocuments(documents: readonly BuiltDocument[]): string {
  return documents.map(({ text }) => text).join('---\n');
}

/** Of a resource that is no object, so much is shown. */
const MAX_QUOTED = 500;

function bigIntsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

// kyaml/resid: how kustomize writes a kind, and what it tells resources apart by.
const NO_GROUP = '[noGrp]';
const DEFAULT_NAMESPACE = 'default';

/** `Deployment.v1.apps`, or `Service.v1.[noGrp]`: kustomize's way of writing a kind. */
export function kindText(object: YamlMap): string {
  const apiVersion = textOf(object.apiVersion);
  return `${textOf(object.kind)}.${versionOf(apiVersion)}.${groupOf(apiVersion) || NO_GROUP}`;
}

/** Equal for two resources that kustomize takes for the same. */
export function idOf(object: YamlMap): string {
  const namespace = isYamlMap(object.metadata) ? textOf(object.metadata.namespace) : '';
  return `${kindText(object)}/${nameOf(object)}.${namespace || DEFAULT_NAMESPACE}`;
}

/** `metadata.name`, empty when there is none. */
export function nameOf(object: YamlMap): string {
  return isYamlMap(object.metadata) ? textOf(object.metadata.name) : '';
}

function textOf(value: YamlValue | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}
