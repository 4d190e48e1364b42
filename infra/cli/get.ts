import { KINDS } from '../../shared/api/kinds.ts';
import type { Condition } from '../../shared/api/meta.ts';
import { Fault, isFault, messageOf } from '../../shared/core/failures.ts';
import { redact } from '../../shared/core/redaction.ts';
import type { ClusterRecord, KubernetesObject } from '../../shared/ports.ts';
import { withinReach } from '../../shared/reconcile/reach.ts';
import { type Command, STATE_FLAG } from './command.ts';
import { OUTPUT_FLAG, wantsJson } from './output.ts';
import { usage } from './problems.ts';
import { columns, count, warn } from './say.ts';
import { openPresentState, type State } from './state.ts';

/** How long a cluster may take to answer all of its lists, in milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/** A Flux object as `-o json` prints it. */
interface ListedObject {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: string;
  readonly suspended: boolean;
  /** Status of the Ready condition. */
  readonly ready: string;
  readonly message: string;
}

/** `sluice get`: what `flux get all -A` shows, of every registered cluster. */
export const command: Command = {
  takes: [],
  about: ['List the Flux objects of every registered cluster, and how they are.'],
  examples: ['sluice get', 'sluice get --not-ready', 'sluice get --cluster prod -n apps -o json'],
  flags: {
    cluster: { type: 'string', value: 'NAME', help: 'of this cluster only' },
    namespace: { type: 'string', short: 'n', value: 'NAME', help: 'of this namespace only' },
    'not-ready': { type: 'boolean', help: 'only what is not ready' },
    ...OUTPUT_FLAG,
    ...STATE_FLAG,
  },
  async run(input, world) {
    const asJson = wantsJson(input);
    const state = await openPresentState(input, world);
    const records = state ? await recordsOf(state, input.text('cluster')) : [];
    const lists = await Promise.allSettled(records.map((record) => listObjects(state as State, record)));
    for (const [index, result] of lists.entries()) {
      if (result.status === 'rejected') warn(world, `${records[index]?.name}: ${problem(result.reason)}`);
    }
    const namespace = input.text('namespace');
    const objects = lists
      .flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
      .filter((object) => namespace === undefined || object.namespace === namespace)
      .filter(({ ready }) => !input.on('not-ready') || ready !== 'True');
    const silent = lists.filter(({ status }) => status === 'rejected').length;
    if (asJson) world.out(JSON.stringify(objects, null, 2));
    else if (objects.length > 0) for (const line of columns([HEADER, ...objects.map(rowOf)])) world.out(line);
    else if (silent === 0) {
      const ones = input.on('not-ready') ? 'No Flux object is not ready' : 'There are no Flux objects';
      world.err(`${ones} in ${count(records.length, 'registered cluster')}.`);
    }
    // A script must not take half of a fleet for all of it.
    if (silent > 0)
      throw new Fault(
        'unreachable',
        `${silent} of ${count(records.length, 'registered cluster')} did not answer`,
      );
  },
};

const HEADER = ['CLUSTER', 'NAMESPACE', 'NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE'] as const;

function rowOf(object: ListedObject): readonly string[] {
  const { cluster, kind, namespace, name, revision, suspended, ready, message } = object;
  const shown = `${kind.toLowerCase()}/${name}`;
  return [cluster, namespace, shown, shortened(revision), suspended ? 'True' : 'False', ready, message];
}

/** `main@sha1:4946e54a`, as flux shows revisions. */
function shortened(revision: string): string {
  return revision.replace(/(@?sha(?:1|256):[0-9a-f]{8})[0-9a-f]+/, '$1') || '-';
}

async function recordsOf(state: State, name: string | undefined): Promise<readonly ClusterRecord[]> {
  const records = await state.clusters.list(() => undefined);
  const wanted = records.filter((record) => name === undefined || record.name === name);
  if (name !== undefined && wanted.length === 0)
    throw usage(`no cluster "${name}" is registered; "sluice cluster list" lists them`);
  return wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function listObjects(state: State, record: ClusterRecord): Promise<readonly ListedObject[]> {
  const { cluster } = await state.clusters.open(record.id);
  const bounded = cluster.until(AbortSignal.timeout(ANSWER_WITHIN_MS));
  const collections = KINDS.flatMap(({ apiVersion, kind }) =>
    withinReach({ apiVersion, kind }, record.settings),
  );
  const lists = await Promise.all(
    collections.map(async (collection) => {
      try {
        return (await bounded.list(collection)).items.map((item) => ({ ...item, kind: collection.kind }));
      } catch (error) {
        if (isFault(error, 'no-such-kind')) return [];
        throw error;
      }
    }),
  );
  return lists.flat().map((object) => listed(record.name, object));
}

function listed(cluster: string, object: KubernetesObject): ListedObject {
  const { kind, metadata } = object;
  const { suspend = false } = (object.spec ?? {}) as { readonly suspend?: boolean };
  const status = (object.status ?? {}) as Status;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    ...{ cluster, kind, namespace: metadata.namespace ?? '', name: metadata.name, suspended: suspend },
    revision: status.lastAppliedRevision ?? status.artifact?.revision ?? '',
    ready: ready?.status ?? '-',
    message: redact(ready?.message ?? '').replaceAll(/\s+/g, ' '),
  };
}

interface Status {
  readonly conditions?: readonly Condition[];
  readonly lastAppliedRevision?: string;
  readonly artifact?: { readonly revision?: string };
}

function problem(error: unknown): string {
  return redact(messageOf(error)).replaceAll(/\s+/g, ' ');
}
