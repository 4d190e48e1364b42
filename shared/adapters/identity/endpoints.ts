import { awsEndpoint } from '../../core/identity/aws.ts';

/** Where the clouds' own services are; none of it comes from a tenant but the region. */
export interface CloudEndpoints {
  readonly aws: (service: 'sts' | 'eks', region: string) => string;
  readonly entra: string;
  readonly arm: string;
  readonly googleSts: string;
  readonly googleIam: string;
  readonly gke: string;
}

/** Those of the public clouds. */
export const PUBLIC_ENDPOINTS: CloudEndpoints = {
  aws: awsEndpoint,
  entra: 'https://login.microsoftonline.com',
  arm: 'https://management.azure.com',
  googleSts: 'https://sts.googleapis.com',
  googleIam: 'https://iamcredentials.googleapis.com',
  gke: 'https://container.googleapis.com',
};
