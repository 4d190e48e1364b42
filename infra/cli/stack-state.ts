import { createAssumeIdentity } from '../../shared/adapters/aws/assume-identity.ts';
import { createHookKey } from '../../shared/adapters/aws/hook-key.ts';
import { joinStores } from '../../shared/adapters/aws/joined-store.ts';
import { createS3Store } from '../../shared/adapters/aws/s3-store.ts';
import { createAwsSecrets } from '../../shared/adapters/aws/secrets.ts';
import { createSqsDeadLetters } from '../../shared/adapters/aws/sqs-dead-letters.ts';
import { createSqsQueues } from '../../shared/adapters/aws/sqs-queues.ts';
import { readStack } from '../../shared/adapters/aws/stack.ts';
import { createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { systemChance as chance } from '../../shared/adapters/local/system.ts';
import { clusterWays } from '../../shared/runtime/cluster-ways.ts';
import { awsAccess, readProxies } from '../../shared/runtime/config.ts';
import type { StackName } from './stack-name.ts';
import type { World } from './world.ts';

/** Opens a deployment on AWS with the person's own credentials; `make` lets it make the webhooks' key when there is none. Faults as {@link readStack}. */
export async function openStackState({ name, region }: StackName, { env, clock }: World, make: boolean) {
  const access = awsAccess({ ...env, AWS_REGION: region });
  const { account: owner, outputs } = await readStack(access, name);
  const bucketOf = (bucket: string) => createS3Store({ access, bucket, owner, clock, chance });
  const index = bucketOf(outputs.IndexBucketName);
  const state = bucketOf(outputs.StateBucketName);
  const store = joinStores(state, index);
  const secrets = createAwsSecrets({ access, prefix: outputs.SecretsPrefix });
  const prefix = outputs.QueueUrls;
  // As the person: the role says whether it trusts them, too.
  const assumeIdentity = createAssumeIdentity(access, outputs.DeploymentId, clock);
  return {
    shown: `stack ${name}`,
    stack: { name, access, account: owner, outputs, names: prefix.replace(/.*\//, '') },
    deployment: {
      id: outputs.DeploymentId,
      hookKey: createHookKey({ access, keyId: outputs.HookKeyArn, store: index, make, chance }),
    },
    store,
    claimed: [state, index],
    secrets,
    clusters: createClusters({
      ...{ store, secrets, clock, assumeIdentity },
      ...clusterWays(true, readProxies(env)),
    }),
    webhookUrl: outputs.Webhook,
    openDeadLetters: () => createSqsDeadLetters({ access, prefix, clock }),
    openQueues: () => createSqsQueues({ access, prefix, clock, chance }),
  };
}
