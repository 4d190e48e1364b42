import { fluxPrograms } from '../servers/flux.ts';
import { flux, ours, type Start } from './fleet/contenders.ts';
import { type Result, race } from './fleet/race.ts';
import type { BenchRow } from './row.ts';

const SIZES = [100, 500, 1000];
/** With Flux's four workers a fleet takes as many seconds as it has members, and longer. */
const LARGEST_WITH_DEFAULTS = 100;

/** Flux as it is installed, and as its own benchmark runs it (fluxcd/flux-benchmark: concurrency 10 and 20, the gate). */
const DEFAULTS = flux({ source: [], kustomize: [] });
const TUNED = flux({
  source: ['--concurrent=10'],
  kustomize: ['--concurrent=20', '--feature-gates=ExternalArtifact=true'],
});

/** P2: a fleet of Kustomizations installed and upgraded on a real control plane, by ours and, where they are built, by the stock controllers. */
export async function run(sizes: readonly number[] = SIZES): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of sizes) rows.push(...(await compare(size)));
  return rows;
}

const GROUPS = [8, 16, 24, 32];

/** How the time of a fleet of ours depends on how many groups of a cluster's work are under way at once. */
export async function sweepGroups(sizes: readonly number[] = [100]): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of sizes)
    for (const groups of GROUPS) {
      const result = await race(ours(), size, groups);
      const note = `${result.upgraded.processorTime ?? '-'} s of processor time, the control plane's ${result.plane.toFixed(0)} s`;
      const what = `${size} Kustomizations, ${groups} at once`;
      rows.push({ id: 'P2-groups', what: `${what}, installed`, ours: result.install, unit: 's', note });
      rows.push({ id: 'P2-groups', what: `${what}, upgraded`, ours: result.upgrade, unit: 's', note });
    }
  return rows;
}

async function compare(size: number): Promise<readonly BenchRow[]> {
  const mine = await told(`ours, ${size}`, ours(), size);
  if (fluxPrograms() === undefined)
    return rowsOf(size, mine, undefined, 'npm run flux builds the stock controllers');
  const tuned = await told(`Flux, 20 workers, ${size}`, TUNED, size);
  const rows = rowsOf(size, mine, tuned, 'peer: Flux 2.9, 20 workers');
  if (size > LARGEST_WITH_DEFAULTS) return rows;
  const defaults = await told(`Flux, 4 workers, ${size}`, DEFAULTS, size);
  return [...rows, ...timeRows(size, mine, defaults, 'peer: Flux 2.9 with its defaults, 4 workers')];
}

async function told(what: string, start: Start, size: number): Promise<Result> {
  const result = await race(start, size);
  const { install, upgrade, plane, upgraded } = result;
  const memory = upgraded.peakMemory?.toFixed(0) ?? '-';
  const times = `installed ${install.toFixed(1)} s, upgraded ${upgrade.toFixed(1)} s`;
  const work = `${upgraded.processorTime ?? '-'} s of processor time, the control plane's ${plane.toFixed(0)} s`;
  console.error(`  ${what}: ${times}; ${upgraded.requests} requests, ${memory} MB, ${work}`);
  if (process.env.BENCH_REQUESTS) console.error(requestTable(result, size));
  return result;
}

/** Requests a Kustomization by method and collection: to install, and to upgrade; for whoever sets BENCH_REQUESTS. */
function requestTable({ installed, upgraded }: Result, size: number): string {
  const first = installed.byKind ?? {};
  const lines = Object.entries(upgraded.byKind ?? {}).map(([name, both]) => {
    const installs = first[name] ?? 0;
    return { name, installs: installs / size, upgrades: (both - installs) / size };
  });
  const sorted = lines.toSorted(
    (one, other) => other.installs + other.upgrades - one.installs - one.upgrades,
  );
  return sorted
    .map(
      ({ name, installs, upgrades }) =>
        `    ${name.padEnd(60)} ${installs.toFixed(2).padStart(7)} ${upgrades.toFixed(2).padStart(7)}`,
    )
    .join('\n');
}

function rowsOf(size: number, mine: Result, peer: Result | undefined, note: string): readonly BenchRow[] {
  const requests = (result: Result): number => result.upgraded.requests;
  return [
    ...timeRows(size, mine, peer, note),
    row(size, 'processor time', 's', mine.upgraded.processorTime, peer?.upgraded.processorTime, note),
    row(size, 'peak memory', 'MB', mine.upgraded.peakMemory, peer?.upgraded.peakMemory, note),
    row(
      size,
      'requests a Kustomization, both',
      'requests',
      requests(mine) / size,
      peer && requests(peer) / size,
      note,
    ),
  ];
}

function timeRows(size: number, mine: Result, peer: Result | undefined, note: string): readonly BenchRow[] {
  return [
    row(size, 'installed', 's', mine.install, peer?.install, note),
    row(size, 'upgraded', 's', mine.upgrade, peer?.upgrade, note),
  ];
}

function row(
  size: number,
  what: string,
  unit: string,
  mine: number | undefined,
  peer: number | undefined,
  note: string,
): BenchRow {
  const value = mine ?? Number.NaN;
  const beside = peer === undefined ? {} : { peer, ratio: value / peer };
  return { id: 'P2', what: `${size} Kustomizations, ${what}`, ours: value, ...beside, unit, note };
}
