import {
  type BucketNotifications,
  bucketNotifications,
} from '../../../shared/adapters/aws/bucket-notifications.ts';
import { type EventRule, hasRule, putRule, removeRule } from '../../../shared/adapters/aws/event-rules.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { Fault, isFault, messageOf } from '../../../shared/core/failures.ts';
import { confirm, done, step } from '../say.ts';
import type { StackPlace } from '../stack-place.ts';
import type { World } from '../world.ts';
import { type Plan, planBridge, planConnect, planRemove, type Wanted } from './plan.ts';

/** What is asked for on the command line. */
export interface Connecting {
  readonly world: World;
  readonly stack: StackPlace;
  readonly bucket: string;
  readonly prefix: string;
  readonly via: 'queue' | 'eventbridge';
  readonly yes: boolean;
}

/** EventBridge's limit of a rule's name, characters. */
const MAX_RULE_NAME = 64;

/** Has S3 tell the deployment's queue of changes below the prefix; whom it tells already stays. */
export async function connectBucket(connecting: Connecting): Promise<void> {
  await withBucket(connecting, async (notifications) => {
    const { world, bucket, via, stack, yes } = connecting;
    const wanted = wantedOf(connecting);
    const present = await notifications.read();
    const plan = via === 'queue' ? planConnect(present, wanted) : planBridge(present);
    if (plan.action === 'refuse') throw taken(connecting, plan.others);
    const rule = via === 'eventbridge' ? ruleOf(connecting) : undefined;
    const isRuled = rule === undefined || (await hasRule(stack.access, rule));
    if (plan.action === 'nothing' && isRuled)
      return done(world, `${toldOf(connecting)} already; nothing was changed`);
    step(world, 'in the account:');
    if (plan.action === 'write') {
      const whom = rule ? 'EventBridge' : wanted.queue;
      world.out(`  bucket/${bucket}   update   tells ${whom} of its changes; ${kept(plan)}`);
    }
    if (rule && !isRuled) world.out(`  rule/${rule.name}   create   hands them to ${rule.target}`);
    await confirm(world, 'Go on?', yes);
    if (rule && !isRuled) await putRule(stack.access, rule);
    if (plan.action === 'write') await write(notifications, present, plan);
    done(world, `${toldOf(connecting)} from now on`);
  });
}

/** Takes back what {@link connectBucket} made, for the same prefix and in both ways. */
export async function disconnectBucket(connecting: Connecting): Promise<void> {
  await withBucket(connecting, async (notifications) => {
    const { world, bucket, stack, yes } = connecting;
    const present = await notifications.read();
    const plan = planRemove(present, wantedOf(connecting));
    const rule = ruleOf(connecting);
    const isRuled = await hasRule(stack.access, rule);
    if (plan.action !== 'write' && !isRuled)
      return done(world, `bucket ${bucket} does not tell stack ${stack.name}; nothing was changed`);
    step(world, 'in the account:');
    if (plan.action === 'write')
      world.out(`  bucket/${bucket}   update   tells the queue nothing more; ${kept(plan)}`);
    if (isRuled)
      world.out(
        `  rule/${rule.name}   delete   that the bucket tells EventBridge stays, as others may listen`,
      );
    await confirm(world, 'Go on?', yes);
    if (plan.action === 'write') await write(notifications, present, plan);
    if (isRuled) await removeRule(stack.access, rule.name);
    done(world, `bucket ${bucket} no longer tells stack ${stack.name}`);
  });
}

async function withBucket(
  { bucket, stack }: Connecting,
  work: (notifications: BucketNotifications) => Promise<void>,
): Promise<void> {
  const notifications = bucketNotifications(stack.access, bucket, stack.account);
  try {
    const region = await notifications.region();
    if (region !== stack.access.region) {
      const text = `bucket ${bucket} is in ${region}, stack ${stack.name} in ${stack.access.region}: S3 tells queues of its own region only; its Buckets are read at their intervals`;
      throw new Fault('unsupported', text, { region });
    }
    await work(notifications);
  } catch (error) {
    throw forPeople(error, bucket, stack);
  } finally {
    notifications.close();
  }
}

/** S3 takes the whole document: what somebody wrote since it was shown must not be lost. */
async function write(
  notifications: BucketNotifications,
  shown: object,
  { next }: Extract<Plan, { action: 'write' }>,
): Promise<void> {
  if (JSON.stringify(await notifications.read()) !== JSON.stringify(shown))
    throw new Fault('conflict', 'somebody changed the notifications of the bucket meanwhile; run it again');
  await notifications.write(next);
}

function wantedOf({ stack, prefix }: Connecting): Wanted {
  return { queue: queueOf(stack), prefix };
}

function queueOf({ access, account, names }: StackPlace): string {
  return `arn:${partitionOf(access.region)}:sqs:${access.region}:${account}:${names}arrivals`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function ruleOf({ stack, bucket, prefix }: Connecting): EventRule {
  const plain = `${stack.names}bucket-${bucket}`;
  const digest = sha256Hex(`${bucket} ${prefix}`).slice(0, 8);
  const name = prefix === '' ? plain : `${plain}-${digest}`;
  const pattern = {
    source: ['aws.s3'],
    'detail-type': ['Object Created', 'Object Deleted'],
    detail: { bucket: { name: [bucket] }, ...(prefix !== '' && { object: { key: [{ prefix }] } }) },
  };
  return {
    name:
      name.length <= MAX_RULE_NAME ? name : `${name.slice(0, MAX_RULE_NAME - digest.length - 1)}-${digest}`,
    description: `What changes in ${bucket}, for stack ${stack.name}`,
    pattern: JSON.stringify(pattern),
    target: queueOf(stack),
  };
}

function toldOf({ bucket, prefix, stack, via }: Connecting): string {
  const what = prefix === '' ? `bucket ${bucket}` : `bucket ${bucket}, prefix ${prefix},`;
  return `${what} tells stack ${stack.name} of its changes${via === 'eventbridge' ? ' through EventBridge' : ''}`;
}

function kept(plan: Extract<Plan, { action: 'write' }>): string {
  if (plan.kept === 0) return 'it tells nobody else';
  return plan.kept === 1 ? 'its other notification stays' : `its ${plan.kept} other notifications stay`;
}

function taken({ bucket, prefix }: Connecting, others: readonly string[]): Fault {
  const text = `bucket ${bucket} tells ${others.join(' and ')} of the same changes, and S3 allows one target for them; use --via eventbridge, which is told beside all others${prefix === '' ? ', or a --prefix that is free' : ''}`;
  return new Fault('conflict', text, { others });
}

function forPeople(error: unknown, bucket: string, { account, name }: StackPlace): unknown {
  if (!isFault(error)) return error;
  const said = messageOf(error.cause ?? error);
  if (error.code === 'not-found' && /bucket/i.test(said))
    return new Fault('not-found', `there is no bucket ${bucket}`, error.data, error);
  if (error.code === 'forbidden') {
    const text = `bucket ${bucket} is in another account than ${account}, or you may not see or change whom it tells (${said})`;
    return new Fault('forbidden', text, error.data, error);
  }
  if (error.code === 'invalid' && /destination/i.test(said)) {
    const text = `S3 may not send to the queue of stack ${name} (${said}); "npm run deploy" brings its policy up to date`;
    return new Fault('invalid', text, error.data, error);
  }
  return error;
}
