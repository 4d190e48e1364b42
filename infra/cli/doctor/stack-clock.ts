import { scheduleState } from '../../../shared/adapters/aws/look-schedule.ts';
import { isFault } from '../../../shared/core/failures.ts';
import type { ClusterRecord, ObjectStore } from '../../../shared/ports.ts';
import { shardsOf } from '../../../shared/reconcile/shards.ts';
import { readWatermark } from '../../../shared/reconcile/watermark.ts';
import { age } from '../say.ts';
import type { StackPlace } from '../stack-place.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Ours: after so long without a sweep the clock has stopped, in milliseconds; it ticks each minute and may miss one. */
const STOPPED_MS = 180_000;
const WHERE = 'clock';

/** Whether the schedule is on. */
export async function scheduleFindings({ access, names }: StackPlace): Promise<readonly Finding[]> {
  const name = `${names}minute`;
  try {
    const state = await scheduleState(access, name);
    if (state === 'ENABLED') return [ok(WHERE, `the schedule ${name} is enabled`)];
    const todo = `enable it: aws scheduler update-schedule, or "npm run deploy"`;
    return [problem(WHERE, `the schedule ${name} is ${state}, so nothing happens by itself`, todo)];
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
    return [problem(WHERE, `there is no schedule ${name}`, '"npm run deploy" makes it')];
  }
}

/** When the clusters were last swept. */
export async function tickFindings(
  store: ObjectStore,
  records: readonly ClusterRecord[],
  now: Date,
): Promise<readonly Finding[]> {
  const swept = records.filter(({ settings }) => settings.owns !== 'none');
  if (swept.length === 0) return [ok(WHERE, 'sweeps nothing, as no registered cluster is owned')];
  const shards = shardsOf(swept.map(({ id }) => id));
  const marks = await Promise.all(shards.map(({ shard }) => readWatermark(store, shard, now.getTime())));
  const ticks = marks.map(({ tick }) => tick);
  const behind = marks.flatMap((mark) => [...mark.behind]);
  const rested = behind.flatMap(([id, { from }]) => {
    const name = swept.find((record) => record.id === id)?.name;
    if (name === undefined) return [];
    const what = `could not be swept for ${age(now.getTime() - from)}`;
    return [problem(`cluster ${name}`, what, 'see whether the functions reach it, and the log of "sweep"')];
  });
  return [lastTick(ticks, now), ...rested];
}

function lastTick(ticks: readonly (number | undefined)[], now: Date): Finding {
  const logs = 'look at the logs of "tick" and "sweep"';
  if (ticks.includes(undefined))
    return warning(WHERE, 'has swept nothing yet; it ticks once a minute', `wait for it, or ${logs}`);
  const since = now.getTime() - Math.min(...ticks.flatMap((tick) => tick ?? []));
  if (since < STOPPED_MS) return ok(WHERE, `last swept the clusters ${age(since)} ago`);
  return problem(WHERE, `last swept the clusters ${age(since)} ago`, logs);
}
