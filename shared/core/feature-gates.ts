/** Flux's feature gates of kustomize-controller 2.9 that mean something here, and how they are set unless the operator says otherwise (KS-18). */
const DEFAULTS = {
  /** An expression on a dependency is asked besides the usual check, not instead of it. */
  AdditiveCELDependencyCheck: false,
  /** Labelled ConfigMaps and Secrets wake nobody. */
  DisableConfigWatchers: false,
  /** A Failed object ends no wait while others may still become Current. */
  DisableFailFastBehavior: false,
  /** ExternalArtifacts may be sources. */
  ExternalArtifact: false,
  /** Managed fields of an older API version are rewritten to the one that is applied. */
  MigrateAPIVersion: false,
  /** Decryption and the like may act as a service account of the object's namespace. */
  ObjectLevelWorkloadIdentity: false,
  /** A variable that is not set fails the build. */
  StrictPostBuildSubstitutions: true,
} as const;

/** The gates of Flux that change nothing here, and why not. */
export const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  CacheSecretsAndConfigMaps: 'nothing is cached between runs',
  CancelHealthCheckOnNewRevision: 'a wait for health always ends when there is something newer',
  DirectSourceFetch: 'sources are always read from the API server',
  DisableStatusPollerCache: 'nothing is cached between polls',
  GroupChangeLog: "it is about the controller's log; the event that lists changes is the same",
};

export type FeatureGate = keyof typeof DEFAULTS;

/** Every gate that an operator can set. */
export const FEATURE_GATES: readonly string[] = [
  ...Object.keys(DEFAULTS),
  ...Object.keys(WITHOUT_EFFECT),
].sort();

/** Which gates a cluster's operator has set otherwise than Flux does. */
export type FeatureGates = Readonly<Record<string, boolean>>;

/** Whether a gate is open on a cluster. */
export function isOpen(gate: FeatureGate, settings: { readonly featureGates?: FeatureGates }): boolean {
  return settings.featureGates?.[gate] ?? DEFAULTS[gate];
}
