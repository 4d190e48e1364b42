import { Fault } from '../failures.ts';

/** The audience of the tokens that Entra ID takes from a cluster's issuer. */
export const AZURE_AUDIENCE = 'api://AzureADTokenExchange';
/** The scope of the API servers of all AKS clusters: the application that Microsoft runs for them. */
export const AKS_SCOPE = '6dae42f8-4368-4678-94ff-3960e28e3630/.default';
/** The scope of Azure Resource Manager. */
export const ARM_SCOPE = 'https://management.core.windows.net//.default';
export const TENANT_ANNOTATION = 'azure.workload.identity/tenant-id';
export const CLIENT_ANNOTATION = 'azure.workload.identity/client-id';

/** Tenants are named by GUIDs or domains, clients by GUIDs; the tenant becomes part of a path. */
const TENANT = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;
const CLIENT = /^[A-Za-z0-9-]{1,64}$/;
const CLUSTER =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([^/]{1,200})\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]{1,200})$/i;

/** An application in Entra ID. */
export interface AzureClient {
  readonly tenant: string;
  readonly client: string;
}

/** The application in a ServiceAccount's annotations. Fault `invalid`. */
export function azureClientOf(annotations: Readonly<Record<string, string>> | undefined): AzureClient {
  const tenant = annotationOf(annotations, TENANT_ANNOTATION, 'tenant', TENANT);
  return { tenant, client: annotationOf(annotations, CLIENT_ANNOTATION, 'client', CLIENT) };
}

function annotationOf(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
  what: string,
  pattern: RegExp,
): string {
  const value = annotations?.[field];
  if (value === undefined || value === '') {
    const text = `azure ${what} ID is not set in the service account annotation ${field}`;
    throw new Fault('invalid', text, { field });
  }
  if (pattern.test(value)) return value;
  throw new Fault('invalid', `azure ${what} ID in the service account annotation ${field} is none`, {
    field,
  });
}

/** The path of an AKS cluster in Azure Resource Manager, each part encoded. Fault `invalid` for what is no id of one. */
export function aksPathOf(id: string): string {
  const [, subscription, group = '', name = ''] = CLUSTER.exec(id) ?? [];
  const parts = [group, name];
  if (subscription === undefined || parts.some((part) => part === '.' || part === '..')) {
    const form =
      '/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME';
    throw new Fault('invalid', `invalid AKS cluster ID: '${id}'. must be ${form}`, { field: 'cluster' });
  }
  const [encodedGroup, encodedName] = parts.map(encodeURIComponent);
  return `/subscriptions/${subscription}/resourceGroups/${encodedGroup}/providers/Microsoft.ContainerService/managedClusters/${encodedName}`;
}
