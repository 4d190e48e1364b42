import { Fault } from '../failures.ts';

/** What every token is for, upstream's two. */
export const GOOGLE_SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
] as const;
export const PROVIDER_ANNOTATION = 'gcp.auth.fluxcd.io/workload-identity-provider';
export const EMAIL_ANNOTATION = 'iam.gke.io/gcp-service-account';

const PROVIDER =
  /^projects\/\d{1,30}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{1,100}\/providers\/[a-z0-9-]{1,100}$/;
const EMAIL = /^[a-zA-Z0-9-]{1,100}@[a-zA-Z0-9-]{1,100}\.iam\.gserviceaccount\.com$/;
const CLUSTER = /^projects\/([^/]{1,200})\/locations\/([^/]{1,200})\/clusters\/([^/]{1,200})$/;

/** How a ServiceAccount becomes somebody at Google. */
export interface GoogleIdentity {
  /** `//iam.googleapis.com/projects/...`: the audience of the token that is exchanged. */
  readonly audience: string;
  /** The service account to act as; undefined when the federated identity acts itself. */
  readonly email: string | undefined;
}

/** The identity in a ServiceAccount's annotations. Fault `invalid`: outside GKE's nodes there is no pool to be found by itself. */
export function googleIdentityOf(annotations: Readonly<Record<string, string>> | undefined): GoogleIdentity {
  const provider = annotations?.[PROVIDER_ANNOTATION] ?? '';
  const email = annotations?.[EMAIL_ANNOTATION] ?? '';
  if (!PROVIDER.test(provider)) {
    const form = 'projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER';
    throw invalid(PROVIDER_ANNOTATION, provider, form);
  }
  if (email !== '' && !EMAIL.test(email))
    throw invalid(EMAIL_ANNOTATION, email, 'NAME@PROJECT.iam.gserviceaccount.com');
  return { audience: `//iam.googleapis.com/${provider}`, email: email || undefined };
}

/** The path of a GKE cluster in Google's API, each part encoded. Fault `invalid` for what is no name of one. */
export function gkePathOf(id: string): string {
  const [whole, project = '', location = '', name = ''] = CLUSTER.exec(id) ?? [];
  const parts = [project, location, name];
  if (whole === undefined || parts.some((part) => part === '.' || part === '..')) {
    const form = 'projects/PROJECT/locations/LOCATION/clusters/NAME';
    throw new Fault('invalid', `invalid GKE cluster ID: '${id}'. must be ${form}`, { field: 'cluster' });
  }
  const [a, b, c] = parts.map(encodeURIComponent);
  return `/projects/${a}/locations/${b}/clusters/${c}`;
}

function invalid(field: string, value: string, form: string): Fault {
  return new Fault('invalid', `invalid ${field} annotation: '${value}'. must be ${form}`, { field });
}
