/** `namespace/name`. */
export function namespacedName(object: { readonly name: string; readonly namespace: string }): string {
  return `${object.namespace}/${object.name}`;
}

/** A reference to a source, as Kustomizations and HelmReleases carry it. */
export interface SourceReference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The source that an object in `namespace` means by `reference`. */
export function sourceOf(
  reference: SourceReference,
  namespace: string,
): { readonly kind: string; readonly namespace: string; readonly name: string } {
  // Go takes an empty namespace for none.
  return { kind: reference.kind, namespace: reference.namespace || namespace, name: reference.name };
}

/** `Kind/namespace/name` as Flux writes a source in messages; without a namespace when the reference has none. */
export function sourceDisplayName(reference: SourceReference): string {
  return reference.namespace
    ? `${reference.kind}/${reference.namespace}/${reference.name}`
    : `${reference.kind}/${reference.name}`;
}
