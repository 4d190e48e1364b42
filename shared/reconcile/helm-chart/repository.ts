import type { HelmRepositorySpec } from '../../api/helm-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import type { Outcome } from '../../helm/chart/chart.ts';
import type { HttpRequest } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import type { Size } from '../room.ts';
import type { SignedArtifact } from '../signature/judge.ts';

/** A HelmRepository, or what stands for one where nobody wrote any. */
export interface Repository {
  readonly metadata: { readonly namespace: string; readonly name?: string };
  readonly spec: Omit<HelmRepositorySpec, 'provider'> & { readonly provider?: string };
  readonly status?: { readonly artifact?: Artifact };
}

/** One version of a chart in a repository. */
export interface PickedChart {
  readonly name: string;
  readonly version: string;
  /** For messages. */
  readonly url: string;
  /** What decides over the bytes and over who may have them; undefined where nobody else is who asks; asks the repository where only it knows. JSON, holds secrets. */
  identity(): Promise<object | undefined>;
  /** The archive. Faults: the Http port's, `unauthorized`, `not-found`, `malformed`, `too-large`. */
  download(size: Size): Promise<Uint8Array>;
  /** Where its signatures are; absent where there can be none. */
  readonly signed?: () => Promise<SignedArtifact>;
}

/** A repository of charts as one identity. */
export interface OpenedRepository {
  /** The version of a chart that is wanted. What is wrong with the repository itself is a Fault. */
  pick(chart: string, wanted: string): Promise<Outcome<PickedChart>>;
}

/** How a repository is reached. */
export interface Way {
  /** Normalised. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<HttpRequest, 'ca' | 'clientCertificate'>;
  readonly passCredentials: boolean;
  /** Each request has its time for itself. */
  readonly signal: () => AbortSignal;
  readonly scope: Scope;
}
