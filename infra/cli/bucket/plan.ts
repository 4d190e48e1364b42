import type { NotificationConfiguration } from '../../../shared/adapters/aws/bucket-notifications.ts';

/** What S3 is asked to tell: whatever changes what a Bucket object would read. */
export const EVENTS = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*'] as const;

/** The queue that is told of the changes below a prefix. */
export interface Wanted {
  /** ARN. */
  readonly queue: string;
  /** Empty: all of the bucket. */
  readonly prefix: string;
}

/** What becomes of a bucket's notifications. */
export type Plan =
  | { readonly action: 'nothing' }
  | { readonly action: 'write'; readonly next: NotificationConfiguration; readonly kept: number }
  /** Others that take the same events: S3 allows no second target for them. */
  | { readonly action: 'refuse'; readonly others: readonly string[] };

/** Adds the queue, and leaves everything else as it is. */
export function planConnect(present: NotificationConfiguration, wanted: Wanted): Plan {
  const id = idOf(wanted);
  const all = targetsOf(present);
  const others = all.filter(({ Id }) => Id !== id);
  const inTheWay = others.filter((one) => takesSame(one, wanted.prefix));
  if (inTheWay.length > 0) return { action: 'refuse', others: inTheWay.map(nameOf) };
  const ours = configurationOf(wanted);
  const before = all.find(({ Id }) => Id === id);
  if (before && isSame(before, ours)) return { action: 'nothing' };
  const queues = (present.QueueConfigurations ?? []).filter(({ Id }) => Id !== id);
  const next = { ...present, QueueConfigurations: [...queues, ours] };
  return { action: 'write', next, kept: others.length };
}

/** Takes the queue out, and leaves everything else as it is. */
export function planRemove(present: NotificationConfiguration, wanted: Wanted): Plan {
  const id = idOf(wanted);
  const queues = present.QueueConfigurations ?? [];
  const left = queues.filter(({ Id }) => Id !== id);
  if (left.length === queues.length) return { action: 'nothing' };
  const next = { ...present, QueueConfigurations: left };
  return { action: 'write', next, kept: targetsOf(next).length };
}

/** Lets S3 tell EventBridge, beside whomever it tells already. */
export function planBridge(present: NotificationConfiguration): Plan {
  if (present.EventBridgeConfiguration) return { action: 'nothing' };
  return {
    action: 'write',
    next: { ...present, EventBridgeConfiguration: {} },
    kept: targetsOf(present).length,
  };
}

type QueueConfiguration = NonNullable<NotificationConfiguration['QueueConfigurations']>[number];
type Target = Pick<QueueConfiguration, 'Id' | 'Events' | 'Filter'> & {
  readonly QueueArn?: string | undefined;
  readonly TopicArn?: string | undefined;
  readonly LambdaFunctionArn?: string | undefined;
};

function targetsOf(present: NotificationConfiguration): readonly Target[] {
  const { QueueConfigurations = [], TopicConfigurations = [], LambdaFunctionConfigurations = [] } = present;
  return [...QueueConfigurations, ...TopicConfigurations, ...LambdaFunctionConfigurations];
}

/** By it a second run, and `--remove`, know what the first one made. */
function idOf({ queue, prefix }: Wanted): string {
  return `${queue.replace(/.*:/, '')}:${prefix}`;
}

function configurationOf(wanted: Wanted): QueueConfiguration {
  const { queue, prefix } = wanted;
  const FilterRules = [{ Name: 'prefix' as const, Value: prefix }];
  return {
    Id: idOf(wanted),
    QueueArn: queue,
    Events: [...EVENTS],
    ...(prefix !== '' && { Filter: { Key: { FilterRules } } }),
  };
}

function isSame(one: Target, other: Target): boolean {
  const events = (target: Target) => (target.Events ?? []).toSorted().join();
  return (
    one.QueueArn === other.QueueArn && events(one) === events(other) && prefixOf(one) === prefixOf(other)
  );
}

/** S3's own rule: of two targets for one kind of event, neither's prefix may begin with the other's; ours asks for any suffix. */
function takesSame(target: Target, prefix: string): boolean {
  const theirs = prefixOf(target);
  const families = new Set(EVENTS.map(familyOf));
  const sameEvents = (target.Events ?? []).some((event) => families.has(familyOf(event)));
  return sameEvents && (theirs.startsWith(prefix) || prefix.startsWith(theirs));
}

function familyOf(event: string): string {
  return event.replace(/^s3:/, '').replace(/:.*/, '');
}

function prefixOf({ Filter }: Target): string {
  const rules = Filter?.Key?.FilterRules ?? [];
  return rules.find(({ Name }) => Name?.toLowerCase() === 'prefix')?.Value ?? '';
}

function nameOf(target: Target): string {
  const arn = target.QueueArn ?? target.TopicArn ?? target.LambdaFunctionArn ?? 'unknown';
  const prefix = prefixOf(target);
  return `${arn}${prefix === '' ? '' : ` (prefix ${prefix})`}`;
}
