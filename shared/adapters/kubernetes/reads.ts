import { isFault } from '../../core/failures.ts';
import type {
  Cluster,
  Collection,
  KubernetesObject,
  ListOptions,
  ObjectList,
  WatchEvent,
} from '../../ports.ts';
import type { Caller } from './caller.ts';
import { answerFault, isUnknownPath, noSuchKind } from './faults.ts';
import { readAllPages } from './lists.ts';
import { collectionTarget } from './paths.ts';
import { readEvents, watchQuery } from './watches.ts';

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const READ = { method: 'GET', repeatable: true } as const;

type Reads = Pick<
  Cluster,
  'facts' | 'resource' | 'forgetResources' | 'get' | 'list' | 'listMetadata' | 'watch'
>;

/** Everything a Cluster reads. */
export function readOperations(caller: Caller): Reads {
  return {
    facts: (otherwise) => readFacts(caller, otherwise),
    resource: (kind) => caller.find(kind),
    forgetResources: () => caller.discovery.forget(),
    async get(reference) {
      try {
        return (await caller.readTo(reference, (path) => ({ ...READ, path }))) as KubernetesObject;
      } catch (error) {
        if (isFault(error, 'not-found')) return undefined;
        throw error;
      }
    },
    list: (collection, options = {}) => readList(caller, collection, options),
    listMetadata: (collection, options = {}) => readList(caller, collection, options, METADATA_LIST),
    watch: (collection, options) => watchCollection(caller, collection, options),
  };
}

async function readFacts(caller: Caller, otherwise: string | undefined) {
  const system = caller.send({ ...READ, path: '/api/v1/namespaces/kube-system', accept: METADATA });
  const [version, uid] = await Promise.all([
    caller.send({ ...READ, path: '/version' }),
    system.then(
      (found) => (found as KubernetesObject).metadata.uid ?? '',
      (error: unknown) => {
        if (otherwise === undefined || !isFault(error, 'forbidden')) throw error;
        return otherwise;
      },
    ),
  ]);
  return { version: (version as { gitVersion?: string }).gitVersion ?? '', uid };
}

function readList(
  caller: Caller,
  collection: Collection,
  options: ListOptions,
  accept?: string,
): Promise<ObjectList> {
  const { gather = false } = options;
  const readPage = (query: string) =>
    caller.readTo(
      collectionTarget(collection),
      (path) => ({ ...READ, path: path + query, ...(accept && { accept }) }),
      { gather },
    );
  return readAllPages(collection, options, readPage, caller.maxListed);
}

async function* watchCollection(
  caller: Caller,
  collection: Collection,
  options: Parameters<Cluster['watch']>[1],
): AsyncIterable<WatchEvent> {
  const { signal } = options;
  try {
    const { response, about } = await openWatch(caller, collection, options);
    const limits = {
      stallMs: caller.watchStallMs,
      maxBytes: caller.transport.maxBytes,
      signals: [...caller.identity.signals, signal],
    };
    yield* readEvents(collection, response, about, limits);
  } catch (error) {
    // The watch's own signal ends it quietly; the identity's is a fault as for every request.
    if (!signal.aborted) throw error;
  }
}

async function openWatch(caller: Caller, collection: Collection, options: Parameters<Cluster['watch']>[1]) {
  const { transport, identity } = caller;
  const path =
    (await caller.locate(collectionTarget(collection))) +
    watchQuery(options.resourceVersion, options.labelSelector);
  const request = { ...READ, path, ...(options.metadataOnly && { accept: METADATA }) };
  const signals = [...identity.signals, options.signal];
  const answer = await transport.stream(request, { ...identity, signals });
  if (!('text' in answer)) return { response: answer, about: { ...request, origin: transport.origin } };
  if (!isUnknownPath(answer)) throw answerFault(answer, request);
  caller.discovery.forget(collection.apiVersion);
  throw noSuchKind(collection);
}
