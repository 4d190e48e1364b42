import type * as z from 'zod';
import { crdNameOf, type Kind } from './kinds.ts';
import type { PrinterColumn } from './printer-columns.ts';
import { type StructuralSchema, structuralSchemaOf } from './structural-schema.ts';
import { LABEL, PART_OF_FLUX, SWITCH, SWITCH_VALUE } from './vocabulary.ts';

/** A CustomResourceDefinition with one version, which is served and stored. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: CustomResourceDefinitionSpec;
}

/** Names, scope and versions of a kind. */
export interface CustomResourceDefinitionSpec {
  readonly group: string;
  readonly names: {
    readonly kind: string;
    readonly listKind: string;
    readonly plural: string;
    readonly singular: string;
    readonly shortNames?: readonly string[];
    readonly categories: readonly string[];
  };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

/** One version of a kind: its schema, columns and subresources. */
export interface CustomResourceDefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  readonly subresources: { readonly status?: Readonly<Record<string, never>> };
}

/** The CRD of a kind, made of its row in the table and its schema. */
export function crdOf(kind: Kind, schema: z.ZodType): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: crdNameOf(kind),
      labels: { [LABEL.partOf]: PART_OF_FLUX },
      annotations: { [SWITCH.substitute]: SWITCH_VALUE.disabled },
    },
    spec: {
      group: kind.group,
      names: namesOf(kind),
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: [versionOf(kind, schema)],
    },
  };
}

function namesOf(kind: Kind): CustomResourceDefinitionSpec['names'] {
  return {
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural: kind.plural,
    singular: kind.singular,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    categories: kind.categories,
  };
}

function versionOf(kind: Kind, schema: z.ZodType): CustomResourceDefinitionVersion {
  const openAPIV3Schema = topLevel(structuralSchemaOf(schema));
  return {
    name: kind.version,
    served: true,
    storage: true,
    additionalPrinterColumns: (schema.meta()?.additionalPrinterColumns ?? []) as readonly PrinterColumn[],
    schema: { openAPIV3Schema },
    subresources: openAPIV3Schema.properties?.status ? { status: {} } : {},
  };
}

/** The server checks apiVersion, kind and metadata itself; Flux's CRDs require no field at this level. */
function topLevel(schema: StructuralSchema): StructuralSchema {
  const { required: _, ...rest } = schema;
  return {
    ...rest,
    properties: {
      ...rest.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
    },
  };
}
