import { assets, HOW_TO_BUILD } from '../control-plane/assets.ts';
import { run as bundles } from './bundles.ts';
import { run as clusters } from './clusters.ts';
import { run as cost } from './cost.ts';
import { run as fleet, sweepGroups } from './fleet.ts';
import { run as gitFetch } from './git-fetch.ts';
import { run as gitMemory } from './git-memory.ts';
import { run as helmIndex } from './helm-index.ts';
import { run as inventoryMemory } from './inventory-memory.ts';
import { run as noOp } from './no-op.ts';
import { run as ociFetch } from './oci-fetch.ts';
import { run as push } from './push.ts';
import { run as renderRow } from './render.ts';
import { run as renderShare } from './render-share.ts';
import type { BenchRow } from './row.ts';
import { run as storm } from './storm.ts';
import { run as sweep } from './sweep.ts';
import { run as webhook } from './webhook.ts';

const BENCHES: Readonly<
  Record<
    string,
    { readonly needsCluster: boolean; readonly run: (sizes?: readonly number[]) => Promise<BenchRow[]> }
  >
> = {
  P1: { needsCluster: true, run: () => push() },
  P2: { needsCluster: true, run: fleet },
  'P2-groups': { needsCluster: true, run: sweepGroups },
  P3: { needsCluster: true, run: noOp },
  P4: { needsCluster: false, run: gitFetch },
  P5: { needsCluster: false, run: sweep },
  P6: { needsCluster: false, run: bundles },
  P7: { needsCluster: true, run: storm },
  P8: { needsCluster: false, run: gitMemory },
  'P8-inventory': { needsCluster: true, run: inventoryMemory },
  P9: { needsCluster: false, run: cost },
  clusters: { needsCluster: false, run: clusters },
  index: { needsCluster: false, run: helmIndex },
  oci: { needsCluster: false, run: ociFetch },
  render: { needsCluster: false, run: renderRow },
  share: { needsCluster: false, run: renderShare },
  webhook: { needsCluster: false, run: webhook },
};

/** `npm run bench [-- P1 P2=100,500 ...] [-- --json]`: prints each figure beside its native or peer figure, taken in the same run. */
async function main(args: readonly string[]): Promise<void> {
  const wanted = new Map(args.filter((arg) => !arg.startsWith('-')).map(parse));
  const unknown = [...wanted.keys()].filter((id) => BENCHES[id] === undefined);
  if (unknown.length > 0)
    throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  const rows: BenchRow[] = [];
  for (const [id, { needsCluster, run }] of Object.entries(BENCHES)) {
    if (wanted.size > 0 && !wanted.has(id)) continue;
    if (needsCluster && assets() === undefined) {
      console.error(`${id} left out: ${HOW_TO_BUILD}`);
      continue;
    }
    console.error(`${id} ...`);
    rows.push(...(await run(wanted.get(id))));
  }
  console.log(args.includes('--json') ? JSON.stringify(rows, null, 2) : tableOf(rows));
}

/** `P2=100,500` is a bench and the sizes that it is to take. */
function parse(arg: string): readonly [string, readonly number[] | undefined] {
  const [id = '', sizes] = arg.split('=');
  return [id, sizes?.split(',').map(Number)];
}

function tableOf(rows: readonly BenchRow[]): string {
  const cells = [
    ['id', 'what', 'ours', 'peer', 'ratio', 'unit', 'note'],
    ...rows.map(({ id, what, ours, peer, ratio, unit, note }) => [
      id,
      what,
      figure(ours),
      figure(peer),
      figure(ratio, 2),
      unit,
      note ?? '',
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length))) ?? [];
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function figure(value: number | undefined, digits = 1): string {
  return value === undefined ? '-' : value.toFixed(Number.isInteger(value) ? 0 : digits);
}

await main(process.argv.slice(2));
