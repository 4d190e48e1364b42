import { type Fault, isFault, messageOf } from '../../shared/core/failures.ts';
import { redact } from '../../shared/core/redaction.ts';
import type { ClusterRecord } from '../../shared/ports.ts';
import { ownsText, readClaim } from './claim.ts';
import { type Command, STATE_FLAG } from './command.ts';
import { OUTPUT_FLAG, wantsJson } from './output.ts';
import { columns } from './say.ts';
import { openPresentState, type State, stateName } from './state.ts';

/** How long a cluster may take to answer, in milliseconds. */
const ANSWER_WITHIN_MS = 3_000;

/** A cluster as `-o json` prints it. */
interface ListedCluster {
  readonly name: string;
  readonly id: string;
  readonly server: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly profile: string;
  readonly owns: string;
  readonly version: string | null;
  readonly status: string;
}

/** `sluice cluster list`. */
export const command: Command = {
  takes: [],
  about: ['List the registered clusters and ask each how it is.'],
  flags: {
    ...OUTPUT_FLAG,
    ...STATE_FLAG,
  },
  async run(input, world) {
    const asJson = wantsJson(input);
    const state = await openPresentState(input, world);
    const clusters = state ? await listClusters(state) : [];
    if (asJson) return world.out(JSON.stringify(clusters, null, 2));
    if (clusters.length === 0) {
      const where = stateName(input, world);
      return world.err(`No clusters are registered in ${where}; "sluice cluster add NAME" registers one.`);
    }
    for (const line of columns([HEADER, ...clusters.map(rowOf)])) world.out(line);
  },
};

const HEADER = ['NAME', 'ID', 'SERVER', 'PROFILE', 'OWNS', 'VERSION', 'STATUS'] as const;

/** The start of a uid tells clusters apart. */
const SHORT_ID = 8;

function rowOf({ name, id, server, profile, owns, version, status }: ListedCluster): readonly string[] {
  return [name, id.slice(0, SHORT_ID), server, profile, owns, version ?? '-', status];
}

async function listClusters(state: State): Promise<readonly ListedCluster[]> {
  const unreadable: ListedCluster[] = [];
  const records = await state.clusters.list((id, fault) => unreadable.push(unreadableRow(id, fault)));
  const listed = await Promise.all(records.map((record) => askOne(state, record)));
  return [...listed, ...unreadable].toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function unreadableRow(id: string, fault: Fault): ListedCluster {
  const status = `unreadable: ${redact(fault.message)}`;
  return { name: '-', id, server: '-', labels: {}, profile: '-', owns: '-', version: null, status };
}

async function askOne(state: State, record: ClusterRecord): Promise<ListedCluster> {
  const { name, id, server, labels, settings } = record;
  const { profile, owns } = settings;
  return { name, id, server, labels, profile, owns: ownsText(owns), ...(await statusOf(state, record)) };
}

async function statusOf(
  state: State,
  record: ClusterRecord,
): Promise<Pick<ListedCluster, 'version' | 'status'>> {
  try {
    const { cluster } = await state.clusters.open(record.id);
    const bounded = cluster.until(AbortSignal.timeout(ANSWER_WITHIN_MS));
    const { uid, version } = await bounded.facts();
    if (uid !== record.id) return { version, status: `another cluster answers there (${uid})` };
    const claim = await readClaim(bounded);
    if (!claim) return { version, status: `not claimed; "sluice cluster add ${record.name}" claims it` };
    if (claim.deployment !== state.deployment.id) {
      return { version, status: `owned by another deployment (${claim.deployment ?? 'unknown'})` };
    }
    return { version, status: 'ready' };
  } catch (error) {
    return { version: null, status: problem(error) };
  }
}

function problem(error: unknown): string {
  const text = redact(messageOf(error)).replaceAll(/\s+/g, ' ');
  if (isFault(error, 'timeout')) return `unreachable: no answer within ${ANSWER_WITHIN_MS / 1000} s`;
  // The server stands in its own column.
  if (isFault(error, 'unreachable')) return `unreachable: ${text.replace(/^\S+ is unreachable: /, '')}`;
  if (isFault(error, 'unauthorized')) return `credentials refused: ${text}`;
  return text;
}
