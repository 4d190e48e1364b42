import type { Deployment } from '../../core/deployment.ts';
import { Fault } from '../../core/failures.ts';
import { eksToken } from '../../core/identity/aws.ts';
import type { Clock, ClusterRecord } from '../../ports.ts';
import type { ParsedKubeconfig } from './kubeconfig.ts';

/** How clusters are logged in to of which nothing is stored. */
export interface EksOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Keys of registered roles; absent where there is no AWS. */
  readonly assumeIdentity?: Deployment['assumeIdentity'];
}

/** What to connect with as the role of the record: the token is made here and now, and good for 15 minutes. Faults: `unauthorized`, and those of STS. */
export async function eksConfig(
  { assumeIdentity, clock }: EksOptions,
  { id, name, server, ca }: ClusterRecord,
  { cluster, region, roleArn }: NonNullable<ClusterRecord['eks']>,
): Promise<ParsedKubeconfig> {
  if (assumeIdentity === undefined) {
    const text = `cluster ${name} is logged in to as ${roleArn}, which is assumed by a deployment on AWS only`;
    throw new Fault('unauthorized', text, { id });
  }
  const keys = await assumeIdentity(roleArn, id);
  const { token } = eksToken({ name: cluster, region }, keys, clock.now());
  return { server, ...(ca && { ca }), credentials: { token } };
}
