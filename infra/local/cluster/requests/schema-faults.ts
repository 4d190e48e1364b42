import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { FieldError } from '../api-error.ts';
import { isEqual } from '../merge/values.ts';
import type { ResourceType } from '../model.ts';
import { schemaErrors } from '../schema/structural-check.ts';
import { validate } from '../schema/validate.ts';
import { resourceId } from '../store/entry.ts';
import { DEFINITIONS, type DefinitionObject } from './definition.ts';

/** What a write is besides its object. */
interface Context {
  /** What is wrong with the metadata already. */
  readonly known: readonly FieldError[];
  readonly old?: KubernetesObject;
  readonly subresource?: string | undefined;
}

/** What the schema of a CRD has against an object of its kind, and what is wrong with the schemas of a CRD itself. */
export function schemaFaults(
  type: ResourceType,
  object: KubernetesObject,
  { known, old, subresource }: Context,
): readonly FieldError[] {
  const { custom, schema } = type;
  if (!custom) return resourceId(type) === DEFINITIONS ? definitionFaults(object, old) : [];
  const isStatus = subresource === 'status';
  return validate(schema, object, {
    known,
    ...(old && { old }),
    ...(isStatus && { subresource }),
  });
}

/** Schemas that are the same in all versions are told once, as if of the CRD as a whole. */
function definitionFaults(
  object: KubernetesObject,
  old: KubernetesObject | undefined,
): readonly FieldError[] {
  const { versions } = (object as DefinitionObject).spec;
  if (old && isEqual(versions, (old as DefinitionObject).spec.versions)) return [];
  const [first, ...others] = versions;
  const schemas = versions.map((version) => version.schema?.openAPIV3Schema);
  const hasStatus = (version: (typeof versions)[number]) => version.subresources?.status !== undefined;
  if (first && schemas[0] && others.every((_, index) => isEqual(schemas[index + 1], schemas[0]))) {
    return schemaErrors(schemas[0], 'spec.validation.openAPIV3Schema', hasStatus(first));
  }
  return versions.flatMap((version, index) => {
    const own = schemas[index];
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    return own ? schemaErrors(own, path, hasStatus(version)) : [];
  });
}
