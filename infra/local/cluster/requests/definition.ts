import { createHash } from 'node:crypto';
import { toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { PrinterColumn, ResourceId, ResourceType, ScalePaths, Verb } from '../model.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Schema } from '../schema/schema.ts';

/** The resource of CRDs. */
export const DEFINITIONS: ResourceId = 'apiextensions.k8s.io/customresourcedefinitions';

/** What a CRD that is established declares. */
export interface Definition {
  /** Served versions, the preferred one first. */
  readonly types: readonly ResourceType[];
  /** The version in which objects are stored. */
  readonly stored: ResourceType;
  readonly terminating: boolean;
  /** The CRD's revision when its versions became what they are. */
  readonly since: number;
  /** Of the names and versions; equal ones declare the same. */
  readonly digest: string;
}

/** A CRD's names, in its spec or accepted. */
export interface DefinitionNames {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** A CRD's condition. */
export interface DefinitionCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: JsonSchema };
  readonly subresources?: { readonly status?: object; readonly scale?: Readonly<Record<string, string>> };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** The parts of a CRD that matter here. */
export interface DefinitionObject extends KubernetesObject {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: DefinitionNames;
    readonly versions: readonly DefinitionVersion[];
    readonly conversion?: { readonly strategy?: string };
  };
  readonly status?: {
    readonly conditions?: readonly DefinitionCondition[] | null;
    readonly acceptedNames?: DefinitionNames;
    readonly storedVersions?: readonly string[];
  };
}

const VERBS: readonly Verb[] = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
];

/** What the CRD `object`, stored at `revision`, declares; undefined when it is not established. Keeps what `old` has when nothing changed. */
export function definitionOf(
  object: KubernetesObject,
  revision: number,
  structural: (schema: JsonSchema) => Schema,
  old?: Definition,
): Definition | undefined {
  const crd = object as DefinitionObject;
  if (!isTrue(crd, 'Established')) return undefined;
  const names = crd.status?.acceptedNames ?? crd.spec.names;
  const terminating = crd.metadata.deletionTimestamp !== undefined;
  const digest = createHash('sha256')
    .update(toJson([names, crd.spec]))
    .digest('base64');
  if (old?.digest === digest) return { ...old, terminating };
  const versions = typesOf(crd, names, structural);
  const types = versions.filter(({ version }) => versionNamed(crd, version)?.served);
  const stored = versions.find(({ version }) => versionNamed(crd, version)?.storage) as ResourceType;
  return { types, stored, terminating, since: revision, digest };
}

/** The condition of this type. */
export function conditionOf(crd: DefinitionObject, type: string): DefinitionCondition | undefined {
  return crd.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether a condition is True. */
export function isTrue(crd: DefinitionObject, type: string): boolean {
  return conditionOf(crd, type)?.status === 'True';
}

function versionNamed(crd: DefinitionObject, name: string): DefinitionVersion | undefined {
  return crd.spec.versions.find((version) => version.name === name);
}

function typesOf(
  crd: DefinitionObject,
  names: DefinitionNames,
  structural: (schema: JsonSchema) => Schema,
): readonly ResourceType[] {
  const versions = crd.spec.versions.toSorted((a, b) => compareVersions(a.name, b.name));
  return versions.map((version) => typeOf(crd, names, version, structural));
}

function typeOf(
  { metadata, spec }: DefinitionObject,
  names: DefinitionNames,
  version: DefinitionVersion,
  structural: (schema: JsonSchema) => Schema,
): ResourceType {
  const { status, scale } = version.subresources ?? {};
  let schema: Schema | undefined;
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular || names.kind.toLowerCase(),
    listKind: names.listKind || `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: spec.scope === 'Namespaced',
    verbs: VERBS,
    subresources: [...(status ? ['status'] : []), ...(scale ? ['scale'] : [])],
    get schema() {
      schema ??= structural(version.schema?.openAPIV3Schema ?? {});
      return schema;
    },
    custom: {
      definition: metadata.name,
      columns: version.additionalPrinterColumns ?? [],
      selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath),
      ...(scale && { scale: scalePaths(scale) }),
    },
  };
}

function scalePaths(scale: Readonly<Record<string, string>>): ScalePaths {
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath } = scale;
  return {
    specReplicas: specReplicasPath,
    statusReplicas: statusReplicasPath,
    ...(labelSelectorPath !== undefined && { labelSelector: labelSelectorPath }),
  };
}

/** As Kubernetes orders versions: v2, v1, v1beta1, v1alpha1, then others by name. */
function compareVersions(a: string, b: string): number {
  const [one, other] = [rankOf(a), rankOf(b)];
  if (!one || !other) return one ? -1 : other ? 1 : a < b ? -1 : 1;
  for (const [index, value] of one.entries()) {
    const difference = (other[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankOf(version: string): readonly number[] | undefined {
  const parts = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!parts) return undefined;
  const stage = parts[2] === undefined ? 2 : parts[2] === 'beta' ? 1 : 0;
  return [stage, Number(parts[1]), Number(parts[3] ?? 0)];
}
