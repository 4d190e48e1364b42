import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../shared/api/crd.ts';
import { fieldPaths, lackingFields, mergedSchema } from './crd-schema.ts';
import { isOlder } from './crd-versions.ts';

/** A definition as a cluster serves it. */
export interface PresentDefinition {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: string;
    readonly versions: readonly PresentVersion[];
    readonly conversion?: { readonly strategy?: string };
  };
  readonly [field: string]: unknown;
}

export type PresentVersion = Partial<CustomResourceDefinitionVersion> & {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
};

/** What becomes of one definition. */
export type CrdDecision =
  | { readonly action: 'create' }
  | { readonly action: 'unchanged' }
  /** It has more than ours. */
  | { readonly action: 'newer'; readonly has: readonly string[] }
  /** `versions` replaces `spec.versions`; `lacked` says what was missing. */
  | {
      readonly action: 'update';
      readonly versions: readonly PresentVersion[];
      readonly lacked: readonly string[];
    }
  /** Only the labels differ. */
  | { readonly action: 'label' }
  | { readonly action: 'refuse'; readonly why: string };

/**
 * Compares our definition with the present one. No version is ever dropped or no longer served, no field is taken away,
 * and conversion stays. Objects are stored in our version unless a newer one is stored: what an older version's schema
 * does not know would be pruned on its way to the disk.
 */
export function decideCrd(
  ours: CustomResourceDefinition,
  present: PresentDefinition | undefined,
): CrdDecision {
  if (!present) return { action: 'create' };
  const our = ours.spec.versions[0];
  if (!our) throw new TypeError(`${ours.metadata.name} has no version`);
  const { spec } = present;
  const why = conflict(ours, our, present);
  if (why !== undefined) return { action: 'refuse', why };

  const their = spec.versions.find(({ name }) => name === our.name);
  const storage = spec.versions.find(({ storage }) => storage);
  const takesStorage = storage === undefined || isOlder(storage.name, our.name);
  const lacked = lackedBy(our, their, takesStorage ? storage : undefined);
  if (lacked.length > 0) {
    return { action: 'update', versions: mergedVersions(our, spec.versions, takesStorage), lacked };
  }
  if (Object.entries(ours.metadata.labels).some(([key, value]) => present.metadata.labels?.[key] !== value)) {
    return { action: 'label' };
  }
  const has = surplus(our, their, spec.versions);
  return has.length > 0 ? { action: 'newer', has } : { action: 'unchanged' };
}

function conflict(
  ours: CustomResourceDefinition,
  our: CustomResourceDefinitionVersion,
  { spec }: PresentDefinition,
): string | undefined {
  if (spec.scope !== ours.spec.scope) return `its scope is ${spec.scope}, Flux's is ${ours.spec.scope}`;
  if (spec.names.kind !== ours.spec.names.kind)
    return `its kind is ${spec.names.kind}, Flux's is ${ours.spec.names.kind}`;
  if (spec.versions.some(({ name, served }) => name === our.name && served)) return undefined;
  const newer = spec.versions.filter(({ name, served }) => served && isOlder(our.name, name));
  const served = newer.map(({ name }) => name).join(', ');
  if (newer.length > 0) return `it serves ${served} and no longer ${our.name}; this Sluice is too old for it`;
  if (spec.conversion?.strategy === 'Webhook') {
    return `a webhook converts its versions and may not know ${our.name}; upgrade it with what installed it`;
  }
  return undefined;
}

/** What their version, and the older one that objects are stored in, has not. */
function lackedBy(
  our: CustomResourceDefinitionVersion,
  their: PresentVersion | undefined,
  olderStorage: PresentVersion | undefined,
): readonly string[] {
  if (!their?.served) return [`version ${our.name}`];
  const subresource =
    our.subresources.status && !their.subresources?.status ? ['the status subresource'] : [];
  const stored =
    olderStorage && lackingFields(our.schema.openAPIV3Schema, olderStorage.schema?.openAPIV3Schema);
  return [
    ...subresource,
    ...lackingFields(our.schema.openAPIV3Schema, their.schema?.openAPIV3Schema),
    ...(stored && stored.length > 0 ? [`storage in ${our.name}`] : []),
  ];
}

/** Newer versions, and fields of our version that ours has not. */
function surplus(
  our: CustomResourceDefinitionVersion,
  their: PresentVersion | undefined,
  versions: readonly PresentVersion[],
): readonly string[] {
  const newer = versions.filter(({ name, served }) => served && isOlder(our.name, name));
  const known = new Set(fieldPaths(our.schema.openAPIV3Schema));
  const fields = fieldPaths(their?.schema?.openAPIV3Schema ?? {}).filter((path) => !known.has(path));
  return [...newer.map(({ name }) => `version ${name}`), ...fields];
}

function mergedVersions(
  our: CustomResourceDefinitionVersion,
  present: readonly PresentVersion[],
  takesStorage: boolean,
): readonly PresentVersion[] {
  const their = present.find(({ name }) => name === our.name);
  const merged: PresentVersion = {
    ...their,
    ...our,
    schema: { openAPIV3Schema: mergedSchema(our.schema.openAPIV3Schema, their?.schema?.openAPIV3Schema) },
    subresources: { ...their?.subresources, ...our.subresources },
    storage: takesStorage || their?.storage === true,
  };
  const others = present
    .filter(({ name }) => name !== our.name)
    .map((version) => (takesStorage ? { ...version, storage: false } : version));
  return their
    ? present.map(({ name }) =>
        name === our.name ? merged : (others.find((other) => other.name === name) ?? merged),
      )
    : [merged, ...others];
}
