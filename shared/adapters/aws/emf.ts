import { METRIC, type Measured, type Metrics, type Resource } from '../../core/metrics.ts';
import type { Clock } from '../../ports.ts';

/** CloudWatch's namespace of all of ours. */
const NAMESPACE = 'Sluice';
/** CloudWatch: values of one metric in one line. */
const MAX_VALUES = 100;
/** Ours: names of objects that are not ready, in the line that counts them. */
const MAX_NAMES = 20;

export interface EmfOptions {
  readonly clock: Clock;
  /** Takes one line without its end. Default: standard output, as Lambda's log leaves such lines whole. */
  readonly write?: (line: string) => void;
}

/**
 * Metrics as lines of the log that CloudWatch reads (its embedded metric format): one a batch and kind. The kind is the
 * only dimension, as each combination of dimensions is billed; cluster, namespace and name are properties, to be searched.
 */
export function createEmf({ clock, write = toStandardOutput }: EmfOptions): Metrics {
  const runs = new Map<string, { readonly object: Measured; readonly seconds: number }[]>();
  const seen = new Map<string, Resource[]>();
  const put = (
    metric: string,
    unit: string,
    value: unknown,
    rest: Readonly<Record<string, unknown>>,
  ): void => {
    const dimensions = 'kind' in rest ? ['kind'] : [];
    const directive = {
      ...{ Namespace: NAMESPACE, Dimensions: [dimensions], Metrics: [{ Name: metric, Unit: unit }] },
    };
    const _aws = { Timestamp: clock.now().getTime(), CloudWatchMetrics: [directive] };
    write(JSON.stringify({ _aws, level: 'info', ...rest, [metric]: value }));
  };
  return {
    reconciled(object, seconds) {
      runs.set(object.kind, [...(runs.get(object.kind) ?? []), { object, seconds }]);
    },
    forgotten() {},
    surveyed(_cluster, resources) {
      for (const one of resources) seen.set(one.kind, [...(seen.get(one.kind) ?? []), one]);
    },
    clusters() {},
    answered({ method, code, seconds }) {
      put(METRIC.requestDuration, 'Seconds', seconds, { message: 'answered', method, code });
    },
    flush() {
      for (const [kind, all] of runs) {
        for (let start = 0; start < all.length; start += MAX_VALUES) {
          const some = all.slice(start, start + MAX_VALUES);
          const objects = some.map(({ object: { kind: _kind, ...name } }) => name);
          const times = some.map(({ seconds }) => seconds);
          put(METRIC.duration, 'Seconds', times, { message: 'reconciled', kind, objects });
        }
      }
      for (const [kind, all] of seen) {
        const unready = all.filter(({ ready, suspended }) => ready !== 'True' && !suspended);
        const names = unready.map(({ cluster, namespace, name }) => `${cluster}/${namespace}/${name}`);
        const objects = names.slice(0, MAX_NAMES);
        put(METRIC.notReady, 'Count', unready.length, { message: 'swept', kind, of: all.length, objects });
      }
      runs.clear();
      seen.clear();
    },
  };
}

function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
