import type { AwsCredentials } from '../core/sigv4.ts';
import type { Cluster, ClusterRecord } from './cluster.ts';
import type { Http, HttpRequest } from './http.ts';

/** Who asks for an identity: an object of a tenant. The function's own is never given. */
export interface Asker {
  /** The registered cluster that the object lives in, whose registered identity may be lent to it. */
  readonly record: Pick<ClusterRecord, 'id' | 'name' | 'settings'>;
  /** That cluster as ourselves: the account's annotations and tokens come from there. */
  readonly cluster: Cluster;
  readonly namespace: string;
  /** A ServiceAccount in that namespace; without one, what is registered with the cluster: a role of AWS, or a ServiceAccount. */
  readonly serviceAccount?: string;
  /** Whom the account's token is for, instead of the provider's own audience. */
  readonly audiences?: readonly string[];
  readonly signal: AbortSignal;
}

/** What is lent for so long. */
export interface Lent {
  readonly expiresAt: Date;
  /** Whom the lender has let the asker become, the same for all whom it has; absent where nobody else becomes the same. */
  readonly as?: string;
}

/** Keys of AWS for so long. */
export interface AwsKeys extends AwsCredentials, Lent {}

/** A bearer token for so long. */
export interface IdentityToken extends Lent {
  readonly token: string;
}

/**
 * Identities of clouds for tenants' objects, kept until shortly before they expire. Where no account is named, the one
 * that the operator has registered counts (`identityServiceAccount`). Faults: `forbidden` (with `nobody`) when there is none either, `not-found` when the account is gone, `invalid` when its annotations or the
 * request cannot be used, `unauthorized` when the cloud refuses, and those of a network.
 */
export interface Identities {
  /** Of the role in the account's `eks.amazonaws.com/role-arn`, asked of the region's STS or of the one at `endpoint`; without an account of the cluster's `identityRoleArn`. */
  awsKeys(asker: Asker & { readonly region: string; readonly endpoint?: string }): Promise<AwsKeys>;
  /** Of the application in the account's `azure.workload.identity/client-id` and `tenant-id`; `scope` such as `https://management.core.windows.net//.default`. */
  azureToken(asker: Asker & { readonly scope: string }): Promise<IdentityToken>;
  /** Federated by the account's `gcp.auth.fluxcd.io/workload-identity-provider`, as `iam.gke.io/gcp-service-account` when that is there; scopes cloud-platform and userinfo.email. */
  googleToken(asker: Asker): Promise<IdentityToken>;
  /** The account's own token of Kubernetes, for `audiences`. */
  accountToken(asker: Asker): Promise<IdentityToken>;
  /** Of an installation of a GitHub App, good for an hour; asked over `http`, as the address may be a tenant's word. */
  githubToken(app: GitHubApp, asking: GitHubAsking): Promise<IdentityToken>;
  /** Address, CA and token of a cluster that is described instead of registered. */
  clusterAccess(asker: Asker, described: DescribedCluster): Promise<ClusterAccess>;
}

/** A cluster that an object describes, by a cloud's name for it or by its address. */
export interface DescribedCluster {
  readonly provider: 'aws' | 'azure' | 'gcp' | 'generic';
  /** The ARN, the Azure resource id or Google's `projects/.../clusters/...`. */
  readonly cluster?: string;
  /** Must be one of the cluster's own where those are looked up. */
  readonly address?: string;
  /** PEM. */
  readonly ca?: string;
}

/** How to reach it as the identity that was asked for. */
export interface ClusterAccess extends IdentityToken {
  readonly server: string;
  /** PEM; absent means the public roots. */
  readonly ca?: string;
}

/** An App of GitHub, and where it is installed. */
export interface GitHubApp {
  readonly id: string;
  /** One of the two. */
  readonly installation: { readonly id: string } | { readonly owner: string };
  /** PEM, RSA. */
  readonly privateKey: string;
  /** Of GitHub Enterprise Server; github.com's when absent. */
  readonly baseUrl?: string;
}

/** The way to a GitHub that a tenant names. */
export interface GitHubAsking extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'proxy' | 'signal'> {
  readonly http: Http;
}
