import { METRIC, type Measured, type Metrics, type Resource } from '../../core/metrics.ts';
import { createHistogram, exponential, line } from './histogram.ts';

/** Upstream's buckets of a run: ten from 10 ms to half an hour. */
const RUN_BUCKETS = exponential(0.01, (1800 / 0.01) ** (1 / 9), 10);
/** Prometheus' own, which upstream's webhook server has; seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Upstream's of answers, bytes. */
const SIZE_BUCKETS = exponential(100, 10, 8);
/** Upstream's label instead of the path. */
const HANDLER = '/hook/';

/** Metrics in memory, and as the text that Prometheus scrapes. */
export interface Prometheus extends Metrics {
  /** The text format, version 0.0.4. */
  text(): string;
}

/** Keeps what is measured for Prometheus; objects and clusters that are gone leave nothing behind. */
export function createPrometheus(): Prometheus {
  const durations = createHistogram<Measured>(METRIC.duration, {
    help: 'The duration in seconds of a GitOps Toolkit resource reconciliation.',
    buckets: RUN_BUCKETS,
    labels: ({ cluster, kind, name, namespace }) => ({ cluster, kind, name, namespace }),
  });
  const labels = ({ method, code }: { method: string; code: number }) => ({
    ...{ code: String(code), handler: HANDLER, method },
  });
  const requests = createHistogram(METRIC.requestDuration, {
    ...{ help: 'The latency of the HTTP requests.', buckets: REQUEST_BUCKETS, labels },
  });
  const sizes = createHistogram(METRIC.responseSize, {
    ...{ help: 'The size of the HTTP responses.', buckets: SIZE_BUCKETS, labels },
  });
  const resources = new Map<string, readonly Resource[]>();
  return {
    reconciled: (object, seconds) => durations.observe(object, seconds),
    forgotten(object) {
      durations.forget((one) => isSame(one, object));
      const left = (resources.get(object.cluster) ?? []).filter((one) => !isSame(one, object));
      resources.set(object.cluster, left);
    },
    surveyed: (cluster, found) => void resources.set(cluster, found),
    clusters(names) {
      durations.forget(({ cluster }) => !names.includes(cluster));
      for (const name of resources.keys()) if (!names.includes(name)) resources.delete(name);
    },
    answered(request) {
      requests.observe(request, request.seconds);
      sizes.observe(request, request.bytes);
    },
    flush() {},
    text: () =>
      [
        ...durations.lines(),
        ...[requests, sizes].flatMap((one) => one.lines()),
        ...resourceLines([...resources.values()].flat()),
        '',
      ].join('\n'),
  };
}

function resourceLines(resources: readonly Resource[]): readonly string[] {
  return [
    `# HELP ${METRIC.resource} The current state of a Flux resource.`,
    `# TYPE ${METRIC.resource} gauge`,
    ...resources.map(({ cluster, group, kind, version, namespace, name, ready, suspended, labels }) =>
      line(
        METRIC.resource,
        {
          cluster,
          customresource_group: group,
          customresource_kind: kind,
          customresource_version: version,
          exported_namespace: namespace,
          ...{ name, ready, suspended: String(suspended), ...labels },
        },
        1,
      ),
    ),
  ];
}

function isSame(one: Measured, other: Measured): boolean {
  return (
    one.cluster === other.cluster &&
    one.kind === other.kind &&
    one.namespace === other.namespace &&
    one.name === other.name
  );
}
