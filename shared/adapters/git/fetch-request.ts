import type { GitFetch } from '../../ports.ts';
import { DELIMITER, FLUSH, packetLine } from './pkt-line.ts';

/** A `fetch` command of version 2; whether the filter is sent is for the caller to say. */
export function fetchRequestV2(
  { want, have = [], shallow = [], depth, filter, thin = false }: GitFetch,
  filters: boolean,
): string {
  return [
    packetLine('command=fetch\n'),
    DELIMITER,
    packetLine('no-progress\n'),
    packetLine('ofs-delta\n'),
    ...(thin ? [packetLine('thin-pack\n')] : []),
    ...shallow.map((id) => packetLine(`shallow ${id}\n`)),
    ...(depth === undefined ? [] : [packetLine(`deepen ${depth}\n`)]),
    ...(filter !== undefined && filters ? [packetLine(`filter ${filter}\n`)] : []),
    ...want.map((id) => packetLine(`want ${id}\n`)),
    ...have.map((id) => packetLine(`have ${id}\n`)),
    packetLine('done\n'),
    FLUSH,
  ].join('');
}

/** A request of version 0, and whether its answer comes in bands. */
export function fetchRequestV0(
  fetch: GitFetch,
  offered: ReadonlyMap<string, string>,
): { readonly request: string; readonly sideBand: boolean } {
  const { want, have = [] } = fetch;
  const chosen = chooseCapabilities(fetch, offered);
  const cuts = chosen.includes('shallow') ? (fetch.shallow ?? []) : [];
  const [first = '', ...others] = want;
  const lines = [
    packetLine(`want ${first} ${chosen.join(' ')}\n`),
    ...others.map((id) => packetLine(`want ${id}\n`)),
    ...cuts.map((id) => packetLine(`shallow ${id}\n`)),
    ...(chosen.includes('shallow') && fetch.depth !== undefined
      ? [packetLine(`deepen ${fetch.depth}\n`)]
      : []),
    ...(chosen.includes('filter') ? [packetLine(`filter ${fetch.filter}\n`)] : []),
    FLUSH,
    ...have.map((id) => packetLine(`have ${id}\n`)),
    packetLine('done\n'),
  ];
  return { request: lines.join(''), sideBand: chosen.includes('side-band-64k') };
}

/** Azure DevOps insists on one of the forms of `multi_ack` (GR-27). */
function chooseCapabilities(
  { depth, shallow, filter, thin }: GitFetch,
  offered: ReadonlyMap<string, string>,
): string[] {
  const wished = ['ofs-delta', 'no-progress', 'side-band-64k'];
  wished.push(offered.has('multi_ack_detailed') ? 'multi_ack_detailed' : 'multi_ack');
  if (depth !== undefined || shallow !== undefined) wished.push('shallow');
  if (filter !== undefined) wished.push('filter');
  if (thin) wished.push('thin-pack');
  return wished.filter((word) => offered.has(word));
}
