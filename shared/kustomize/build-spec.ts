/** The part of a Flux Kustomization's spec that shapes a build; `KustomizationSpec` fits it. */
export interface BuildSpec {
  readonly path?: string | undefined;
  readonly targetNamespace?: string | undefined;
  readonly namePrefix?: string | undefined;
  readonly nameSuffix?: string | undefined;
  readonly patches?: readonly BuildPatch[] | undefined;
  readonly components?: readonly string[] | undefined;
  readonly ignoreMissingComponents?: boolean | undefined;
  readonly images?: readonly BuildImage[] | undefined;
  readonly buildMetadata?: readonly string[] | undefined;
  readonly commonMetadata?: CommonMetadata | undefined;
  readonly postBuild?: PostBuild | undefined;
}

/** A strategic merge or JSON 6902 patch, and what it applies to. */
export interface BuildPatch {
  readonly patch: string;
  readonly target?: PatchTarget | undefined;
}

/** Picks objects; the names are anchored regular expressions. */
export interface PatchTarget {
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly annotationSelector?: string | undefined;
}

/** An image to rename, retag or pin. */
export interface BuildImage {
  readonly name: string;
  readonly newName?: string | undefined;
  readonly newTag?: string | undefined;
  readonly digest?: string | undefined;
}

/** Labels and annotations for every object. */
export interface CommonMetadata {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** What happens to the built YAML before it is read. */
export interface PostBuild {
  readonly substitute?: Readonly<Record<string, string>> | undefined;
  readonly substituteFrom?: readonly SubstituteReference[] | undefined;
  readonly substituteStrategy?: string | undefined;
}

/** Names a ConfigMap or Secret that holds variables. */
export interface SubstituteReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly optional?: boolean | undefined;
}
