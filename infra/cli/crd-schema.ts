import type { StructuralSchema } from '../../shared/api/structural-schema.ts';

const ANY = 'x-kubernetes-preserve-unknown-fields';

/** Every field a schema names, as `spec.url`, `spec.items[].name` or, of a map, `spec.labels.*`; parents first. */
export function fieldPaths(schema: StructuralSchema): readonly string[] {
  return childrenOf(schema).flatMap(([name, child]) => [
    name,
    ...fieldPaths(child).map((path) => (path.startsWith('[]') ? name + path : `${name}.${path}`)),
  ]);
}

/** The topmost fields of `ours` that `theirs` would prune. */
export function lackingFields(
  ours: StructuralSchema,
  theirs: StructuralSchema | undefined,
): readonly string[] {
  if (!theirs) return ['the whole schema'];
  if (theirs[ANY] === true) return [];
  const known = new Map(childrenOf(theirs));
  return childrenOf(ours).flatMap(([name, child]) => {
    const their = known.get(name);
    if (!their) return [name];
    if (child[ANY] === true && their[ANY] !== true && childrenOf(their).length === 0)
      return [`any value in ${name}`];
    const values = lackingValues(child, their);
    if (values.length > 0) return [`${name}=${values.join('|')}`];
    return lackingFields(child, their).map((path) =>
      path.startsWith('[]') ? name + path : `${name}.${path}`,
    );
  });
}

/** Values of an enumeration that `theirs` would refuse. */
function lackingValues(ours: StructuralSchema, theirs: StructuralSchema): readonly string[] {
  if (!Array.isArray(theirs.enum)) return [];
  if (!Array.isArray(ours.enum)) return ['*'];
  const known: readonly unknown[] = theirs.enum;
  return ours.enum.filter((value) => !known.includes(value)).map(String);
}

/** Our schema, and with it every field that only theirs has, so that no stored value is pruned, nor refused as unknown to an enumeration. */
export function mergedSchema(ours: StructuralSchema, theirs: StructuralSchema | undefined): StructuralSchema {
  if (!theirs || (ours.type !== undefined && theirs.type !== undefined && ours.type !== theirs.type))
    return ours;
  const properties = mergedProperties(ours.properties, theirs.properties);
  const { items, additionalProperties } = ours;
  const values =
    Array.isArray(ours.enum) && Array.isArray(theirs.enum) ? [...ours.enum, ...theirs.enum] : undefined;
  return {
    ...ours,
    ...(values && { enum: [...new Set(values)] }),
    ...(properties && { properties }),
    ...(items && { items: mergedSchema(items, theirs.items) }),
    ...(additionalProperties && {
      additionalProperties: mergedSchema(additionalProperties, theirs.additionalProperties),
    }),
    ...(theirs[ANY] === true && { [ANY]: true }),
  };
}

type Properties = Readonly<Record<string, StructuralSchema>>;

function mergedProperties(
  ours: Properties | undefined,
  theirs: Properties | undefined,
): Properties | undefined {
  if (!ours || !theirs) return ours;
  const common = Object.entries(ours).map(
    ([name, schema]) => [name, mergedSchema(schema, theirs[name])] as const,
  );
  return { ...theirs, ...Object.fromEntries(common) };
}

function childrenOf(schema: StructuralSchema): readonly (readonly [string, StructuralSchema])[] {
  const { additionalProperties, items, properties } = schema;
  return [
    ...Object.entries(properties ?? {}),
    ...(items ? [['[]', items] as const] : []),
    ...(typeof additionalProperties === 'object' ? [['*', additionalProperties] as const] : []),
  ];
}
