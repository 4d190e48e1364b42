import type { KubernetesObject, ObjectMetadata } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, alreadyExists, invalid, qualified } from '../api-error.ts';
import type { Call, WriteQuery, Written } from '../model.ts';
import { metadataOf, resourceId } from '../store/entry.ts';
import { simulationWarnings } from '../strategies/not-simulated.ts';
import { decodeBody } from './decode.ts';
import { inNamespace, namedRevision, withUniqueOwners } from './identity.ts';
import { finalizerWarnings, newMetadataFaults } from './metadata-rules.ts';
import { generatedName } from './names.ts';
import { demandNamespace, forbid } from './namespaces.ts';
import { tracked } from './ownership.ts';
import { schemaFaults } from './schema-faults.ts';
import { storedObject } from './stored-object.ts';
import type { World } from './world.ts';

/** How often the server tries another name when the one it made is taken. */
const NAME_ATTEMPTS = 8;

/** Creates an object of the main resource. */
export function create(world: World, call: Call, body: KubernetesObject, query: WriteQuery): Written {
  const decoded = decodeBody(world, call.type, body, query);
  const { object, warnings } = withUniqueOwners(
    inNamespace(call, withoutSystemFields(decoded.object)),
    false,
  );
  const owned = tracked(world, call, query, undefined, object);
  const written = createAs(world, call, owned, query);
  return { ...written, warnings: [...decoded.warnings, ...warnings, ...written.warnings] };
}

/** Creates what a create, an apply or an update has made. */
export function createAs(world: World, call: Call, object: KubernetesObject, query: WriteQuery): Written {
  const { type } = call;
  demandNotTerminating(world, call, object);
  demandNamespace(world, call, object.metadata.name || object.metadata.generateName || '');
  world.access?.demandNoEscalation(call, object);
  const isGenerated = !object.metadata.name && Boolean(object.metadata.generateName);
  for (let attempt = 1; ; attempt++) {
    const made = prepared(world, call, isGenerated ? withGeneratedName(world, object) : object);
    const taken = world.store.get(resourceId(type), made.metadata.namespace ?? '', made.metadata.name);
    if (!taken) return stored(world, call, made, query);
    if (isGenerated && attempt < NAME_ATTEMPTS) continue;
    throw takenError(call, made.metadata, metadataOf(taken).deletionTimestamp !== undefined, isGenerated);
  }
}

function demandNotTerminating(world: World, { type }: Call, { metadata }: KubernetesObject): void {
  if (!type.custom || !world.catalog.definition(resourceId(type))?.terminating) return;
  throw forbid(type, metadata.name, 'create not allowed while custom resource definition is terminating');
}

function withGeneratedName({ nature }: World, object: KubernetesObject): KubernetesObject {
  const name = generatedName(object.metadata.generateName ?? '', nature.suffix);
  return { ...object, metadata: { ...object.metadata, name } };
}

/** What only the server says of an object. */
function withoutSystemFields(object: KubernetesObject): KubernetesObject {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const name of SYSTEM_FIELDS) delete metadata[name];
  return { ...object, metadata: metadata as unknown as ObjectMetadata };
}

const SYSTEM_FIELDS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
] as const;

function prepared(world: World, { type }: Call, object: KubernetesObject): KubernetesObject {
  const { nature } = world;
  const { metadata, ...rest } = withoutSystemFields(object);
  const identity = { uid: nature.uuid(), creationTimestamp: timeOf(nature.now()) };
  const stamped = { ...rest, metadata: { ...metadata, ...identity } } as KubernetesObject;
  const strategy = world.strategies(type);
  const made = strategy.prepareCreate(stamped, world);
  const known = newMetadataFaults(type, made);
  const faults = [
    ...known,
    ...strategy.validate(made, undefined, undefined),
    ...schemaFaults(type, made, { known }),
  ];
  if (faults.length > 0) throw invalid(type, made.metadata.name ?? '', faults);
  return made;
}

function stored(world: World, { type }: Call, object: KubernetesObject, { dryRun }: WriteQuery): Written {
  if (namedRevision(object) > 0) {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  const warnings = [
    ...finalizerWarnings(type, object),
    ...simulationWarnings(resourceId(type), object, undefined),
  ];
  const { resourceVersion: _, ...metadata } = object.metadata;
  if (dryRun) return { object: { ...object, metadata }, created: true, warnings };
  const { revision } = world.store.put(resourceId(type), storedObject(world, object, type));
  return { object: atRevision(object, revision), created: true, warnings };
}

function takenError(
  { type }: Call,
  { name, generateName }: ObjectMetadata,
  isTerminating: boolean,
  isGenerated: boolean,
): ApiError {
  const error = alreadyExists(type, name);
  if (isGenerated && generateName) {
    const message = `${qualified(type)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`;
    return new ApiError(409, 'AlreadyExists', message, { ...error.details, retryAfterSeconds: 1 });
  }
  if (!isTerminating) return error;
  return new ApiError(409, 'AlreadyExists', `object is being deleted: ${error.message}`, error.details);
}

/** The object as stored at `revision`. */
export function atRevision(object: KubernetesObject, revision: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** A time as the API server writes it: to the second. */
export function timeOf(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
