import { toJson } from '../../../../shared/core/json.ts';
import { groupOf, type KubernetesObject, versionOf } from '../../../../shared/core/kubernetes-object.ts';
import { type ApiError, badRequest, invalid } from '../api-error.ts';
import type { ResourceType, WriteQuery } from '../model.ts';
import { decodeProblem } from '../schema/decode.ts';
import { withDefaults } from '../schema/defaults.ts';
import { fitsCertainly } from '../schema/fits.ts';
import { prune, unknownFieldTexts } from '../schema/prune.ts';
import { wrong } from '../strategies/rules/errors.ts';
import { apiVersionOf } from './versions.ts';
import type { World } from './world.ts';

/** An object as the API server's decoder leaves it: pruned and with defaults. */
export interface Decoded {
  readonly object: KubernetesObject;
  readonly warnings: readonly string[];
}

/** What to say of an object that cannot be read: of a body, or of what a patch makes. */
export type Refusal = (why: string) => ApiError;

/** Reads the body of a create or an update. Throws 400 or 422. */
export function decodeBody(
  world: World,
  type: ResourceType,
  body: KubernetesObject,
  query: Pick<WriteQuery, 'fieldValidation'>,
): Decoded {
  const { kind = type.kind, apiVersion = type.custom ? '' : apiVersionOf(type) } =
    body as Partial<KubernetesObject>;
  const refuse = (why: string) =>
    badRequest(
      `${kind} in version ${JSON.stringify(versionOf(apiVersion))} cannot be handled as a ${type.kind}: ${why}`,
    );
  demandType(world, type, { ...body, kind, apiVersion }, refuse);
  return decode(world, type, { ...body, kind, apiVersion }, query, refuse);
}

/** Reads what a patch made of an object; what is `shown` of it is told with a refusal. Throws 422. */
export function decodePatched(
  world: World,
  type: ResourceType,
  patched: KubernetesObject,
  query: Pick<WriteQuery, 'fieldValidation'>,
  shown: string = toJson(sorted(patched)),
): Decoded {
  const refuse = (why: string) => invalid({ group: '', kind: '' }, '', [wrong('patch', shown, why)]);
  if (patched.apiVersion !== apiVersionOf(type) || patched.kind !== type.kind)
    throw refuse(notRegistered(patched));
  return decode(world, type, patched, query, refuse);
}

/** Defaults of the object, without pruning it. */
export function defaulted(world: World, type: ResourceType, object: KubernetesObject): KubernetesObject {
  return type.custom ? withDefaults(object, type.schema) : world.strategies(type).defaults(object);
}

function decode(
  world: World,
  type: ResourceType,
  whole: KubernetesObject,
  { fieldValidation }: Pick<WriteQuery, 'fieldValidation'>,
  refuse: Refusal,
): Decoded {
  const problem = problemOf(type, whole);
  if (problem !== undefined) throw refuse(problem);
  const { object, unknown } = prune(whole, type.schema);
  const texts = fieldValidation === 'Ignore' ? [] : unknownFieldTexts(unknown);
  if (texts.length > 0 && fieldValidation === 'Strict') {
    throw refuse(`strict decoding error: ${texts.join(', ')}`);
  }
  const named = object.metadata ? object : { ...object, metadata: {} as KubernetesObject['metadata'] };
  return { object: defaulted(world, type, named), warnings: texts };
}

function problemOf(type: ResourceType, object: KubernetesObject): string | undefined {
  const isCertain = type.custom ? undefined : fitsCertainly(object, type.schema);
  return isCertain ? undefined : decodeProblem(type, object);
}

function demandType(world: World, type: ResourceType, body: KubernetesObject, refuse: Refusal): void {
  const { kind, apiVersion } = body;
  const expected = apiVersionOf(type);
  if (apiVersion === expected && kind === type.kind) return;
  if (type.custom && apiVersion === expected) {
    const error = wrong('kind', kind, `must be ${type.kind}`);
    throw invalid({ group: type.group, kind }, body.metadata?.name ?? '', [error]);
  }
  const isKnown = world.catalog.kind(groupOf(apiVersion), versionOf(apiVersion), kind) !== undefined;
  if (type.custom || (isKnown && kind === type.kind)) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (!isKnown) throw refuse(notRegistered(body));
  const internal = type.group === '' ? 'core' : type.group.split('.')[0];
  const name = `${groupOf(apiVersion) === '' ? '' : `${groupOf(apiVersion).split('.')[0]}/`}${versionOf(apiVersion)}`;
  throw refuse(`converting (${name}.${kind}) to (${internal}.${type.kind}): unknown conversion`);
}

function notRegistered({ apiVersion, kind }: KubernetesObject): string {
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
}

/** Go writes maps sorted. */
function sorted(object: KubernetesObject): unknown {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
