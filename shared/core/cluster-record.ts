import type { FeatureGates } from './feature-gates.ts';

export type Profile = 'flux' | 'lockdown';

/** What the operator decided for one cluster; stored in its record. */
export interface ClusterSettings {
  /** Which objects are ours: all, those with `sharding.fluxcd.io/key` equal to this, or none. */
  readonly owns: 'all' | 'none' | { readonly shard: string };
  readonly profile: Profile;
  /** FIFO groups, hence parallel workers, for this cluster. */
  readonly groups: number;
  /** The only namespaces whose objects are ours, where the credentials reach no further; absent means all. */
  readonly namespaces?: readonly string[];
  /** Kinds applied in a stage of their own, `group/Kind` or, of the core group, `Kind` (KS-63); absent means none. */
  readonly customStageKinds?: readonly string[];
  /** Managers whose fields are taken over besides kubectl's (`--override-manager`, KS-69); absent means none. */
  readonly overrideManagers?: readonly string[];
  /** Flux's feature gates that are set otherwise than by default (KS-18). */
  readonly featureGates?: FeatureGates;
  /** Whether a kubeconfig of a tenant may leave a certificate unchecked (`--insecure-kubeconfig-tls`, KS-101). */
  readonly insecureKubeconfigTls?: boolean;
  /** Whether kustomizations may name bases and files outside of their source (the reverse of `--no-remote-bases`); never under lockdown. */
  readonly remoteBases?: boolean;
  /** A Secret in flux-system with age keys for objects that name none (`--sops-age-secret`, KS-51). */
  readonly sopsAgeSecret?: string;
  /** A ConfigMap in flux-system that lists Vault servers and how to log in to them (`--sops-vault-configmap`, KS-51). */
  readonly sopsVaultConfigMap?: string;
  /** The AWS role that objects of this cluster act as where they name no Secret; absent means that they are refused. */
  readonly identityRoleArn?: string;
  /** `NAMESPACE/NAME` of the ServiceAccount as which clouds know objects of this cluster that name none; at AWS the role comes first. */
  readonly identityServiceAccount?: string;
}

/** A cluster of EKS is logged in to as a role; nothing is stored for it. */
export interface EksAccess {
  /** The cluster's name at AWS. */
  readonly cluster: string;
  readonly region: string;
  readonly roleArn: string;
}

/** `clusters/<id>.json` in the object store; credentials are a secret of their own. */
export interface ClusterRecord {
  readonly id: string;
  readonly name: string;
  readonly server: string;
  readonly ca?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent where credentials are stored. */
  readonly eks?: EksAccess;
  readonly settings: ClusterSettings;
}
