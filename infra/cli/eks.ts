import { externalIdOf } from '../../shared/core/deployment.ts';
import { parseEksCluster } from '../../shared/core/identity/aws.ts';
import type { ClusterRecord } from '../../shared/ports.ts';
import type { Input } from './command.ts';
import type { Person } from './person-kubeconfig.ts';
import { usage } from './problems.ts';
import type { State } from './state.ts';

/** Flags of a cluster of EKS. */
export const EKS_FLAGS = {
  eks: {
    type: 'string',
    value: 'NAME|ARN',
    help: "log in to this cluster of EKS as --role-arn and store no token; '' goes back to a ServiceAccount",
  },
  'role-arn': { type: 'string', value: 'ARN', help: 'the role to log in as with --eks' },
} as const;

/** `--eks` and `--role-arn`, understood; `none` takes them away. */
export type EksOption = { readonly cluster: string; readonly roleArn: string } | 'none';

const CLUSTER_NAME = /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;
// What the functions may assume (infra/permissions.yml).
const ROLE = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/sluice-[\w+=,.@-]{1,57}$/;
/** The API servers of EKS, as AWS names them. */
const SERVER = /\.([a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2})\.eks\.amazonaws\.com(?:\.cn)?$/;

/** Fault `invalid` with exit code 2; undefined leaves it as it is. */
export function eksOption(input: Input): EksOption | undefined {
  const [cluster, roleArn] = [input.text('eks'), input.text('role-arn')];
  if (cluster === undefined && roleArn === undefined) return undefined;
  if (cluster === '' && !roleArn) return 'none';
  if (!cluster || !roleArn) throw usage('--eks and --role-arn go together');
  if (!ROLE.test(roleArn)) {
    const form = 'arn:aws:iam::ACCOUNT:role/sluice-NAME, its name begins with sluice-';
    throw usage(`--role-arn "${roleArn}" is not understood; write ${form}`);
  }
  const clashing = ['as-is', 'namespaces'].find((flag) =>
    flag === 'as-is' ? input.on(flag) : input.text(flag) !== undefined,
  );
  if (clashing !== undefined) throw usage(`--eks and --${clashing} do not go together`);
  if (roleArn === input.text('identity-role')) throw sameRole();
  if (!cluster.startsWith('arn:') && !CLUSTER_NAME.test(cluster))
    throw usage(`--eks "${cluster}" is no name of a cluster; write its name or its ARN`);
  if (cluster.startsWith('arn:')) parseEksCluster(cluster);
  return { cluster, roleArn };
}

/** How the cluster is logged in to from now on; undefined when not as a role. Fault `invalid` with exit code 2. */
export function eksAccess(
  option: EksOption | undefined,
  { connection: { server, tlsServerName } }: Person,
  existing: ClusterRecord | undefined,
  { directory }: State,
): ClusterRecord['eks'] {
  if (option === undefined) return existing?.eks;
  if (option === 'none') return undefined;
  const { cluster, roleArn } = option;
  if (directory !== undefined) throw usage('--eks needs a deployment on AWS; name it with --stack');
  if (roleArn === existing?.settings.identityRoleArn) throw sameRole();
  if (tlsServerName) throw usage('--eks does not go with tls-server-name; use the address that AWS names');
  if (cluster.startsWith('arn:')) {
    const { name, region } = parseEksCluster(cluster);
    return { cluster: name, region, roleArn };
  }
  const region = SERVER.exec(new URL(server).hostname)?.[1];
  if (region === undefined)
    throw usage(`${server} does not tell the region of --eks ${cluster}; give its ARN`);
  return { cluster, region, roleArn };
}

/** What has to be so at AWS before the functions can log in. */
export function eksLines({ id, eks }: ClusterRecord, deployment: string): readonly string[] {
  if (eks === undefined) return [];
  const { cluster, region, roleArn } = eks;
  const entry = `--region ${region} --cluster-name ${cluster} --principal-arn ${roleArn}`;
  const policy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
  return [
    `${roleArn} must trust the functions with the external id ${externalIdOf(deployment, id)},`,
    'and the cluster must know it:',
    `  aws eks create-access-entry ${entry}`,
    `  aws eks associate-access-policy ${entry} --access-scope type=cluster --policy-arn ${policy}`,
  ];
}

/** Tenants may be lent the one, and must never be the other. */
function sameRole() {
  return usage("--role-arn must not be the role of --identity-role, which is lent to the cluster's tenants");
}
