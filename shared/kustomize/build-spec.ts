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

export interface BuildPatch {
  readonly patch: string;
  readonly target?: PatchTarget | undefined;
}

export interface PatchTarget {
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly annotationSelector?: string | undefined;
}

export interface BuildImage {
  readonly name: string;
  readonly newName?: string | undefined;
  readonly newTag?: string | undefined;
  readonly digest?: string | undefined;
}

export interface CommonMetadata {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface PostBuild {
  readonly substitute?: Readonly<Record<string, string>> | undefined;
  readonly substituteFrom?: readonly SubstituteReference[] | undefined;
  readonly substituteStrategy?: string | undefined;
}

export interface SubstituteReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly optional?: boolean | undefined;
}
