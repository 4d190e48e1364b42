/** Counts values in buckets, a series for each set of labels. */
export interface Histogram<Of> {
  observe(of: Of, value: number): void;
  /** Drops the series of those for whom `isGone` holds. */
  forget(isGone: (of: Of) => boolean): void;
  /** In the text format of Prometheus; none before the first value. */
  lines(): readonly string[];
}

interface Options<Of> {
  readonly help: string;
  /** Upper bounds, rising; the one without a bound is added. */
  readonly buckets: readonly number[];
  readonly labels: (of: Of) => Labels;
}

type Labels = Readonly<Record<string, string>>;

interface Series<Of> {
  readonly of: Of;
  readonly labels: Labels;
  /** Values at or below each bound; the last one counts all. */
  readonly counts: number[];
  sum: number;
}

/** A histogram called `name`. */
export function createHistogram<Of>(name: string, { help, buckets, labels }: Options<Of>): Histogram<Of> {
  const bounds = [...buckets, Number.POSITIVE_INFINITY];
  const all = new Map<string, Series<Of>>();
  return {
    observe(of, value) {
      const key = JSON.stringify(labels(of));
      const series = all.get(key) ?? { of, labels: labels(of), counts: bounds.map(() => 0), sum: 0 };
      all.set(key, series);
      series.sum += value;
      for (const [index, bound] of bounds.entries())
        if (value <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
    },
    forget(isGone) {
      for (const [key, { of }] of all) if (isGone(of)) all.delete(key);
    },
    lines() {
      if (all.size === 0) return [];
      const head = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
      return [...head, ...[...all.values()].flatMap((series) => seriesLines(name, bounds, series))];
    },
  };
}

function seriesLines<Of>(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: Series<Of>,
): readonly string[] {
  return [
    ...bounds.map((bound, index) =>
      line(
        `${name}_bucket`,
        { ...labels, le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound) },
        counts[index] ?? 0,
      ),
    ),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, counts.at(-1) ?? 0),
  ];
}

/** One sample, its labels quoted as Prometheus reads them. */
export function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** So many bounds from `first` on, each `factor` times the one before. */
export function exponential(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first * factor ** index);
}
