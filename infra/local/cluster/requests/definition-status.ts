import type { DefinitionCondition, DefinitionNames, DefinitionObject } from './definition.ts';
import { conditionOf } from './definition.ts';

type NewCondition = Omit<DefinitionCondition, 'lastTransitionTime'>;

/** What other CRDs of a group have taken. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** The names that CRDs of a group have been given. */
export function takenNames(others: readonly DefinitionObject[]): TakenNames {
  const names = others.flatMap(({ status }) => status?.acceptedNames ?? []);
  return {
    resources: new Set(
      names.flatMap(({ plural, singular = '', shortNames = [] }) => [plural, singular, ...shortNames]),
    ),
    kinds: new Set(names.flatMap(({ kind, listKind = '' }) => [kind, listKind])),
  };
}

/** The CRD with the names that it gets and what its conditions say of them; itself when that is what it has. */
export function withNames(crd: DefinitionObject, taken: TakenNames, time: string): DefinitionObject {
  const wanted = crd.spec.names;
  const { names, conflict } = acceptedNames(wanted, crd.status?.acceptedNames, taken);
  const accepted: NewCondition = conflict ?? {
    type: 'NamesAccepted',
    status: 'True',
    reason: 'NoConflicts',
    message: 'no conflicts found',
  };
  const named = withCondition({ ...crd, status: { ...crd.status, acceptedNames: names } }, time, accepted);
  if (conditionOf(crd, 'Established')?.status === 'True') return named;
  return withCondition(named, time, conflict ? NOT_ACCEPTED : ESTABLISHED);
}

const ESTABLISHED: NewCondition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};

const NOT_ACCEPTED: NewCondition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};

/** The CRD with this condition; its time moves with its status. */
export function withCondition(
  crd: DefinitionObject,
  time: string,
  condition: NewCondition,
): DefinitionObject {
  const old = conditionOf(crd, condition.type);
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : time;
  const made = {
    type: condition.type,
    status: condition.status,
    ...(lastTransitionTime !== undefined && { lastTransitionTime }),
    ...(condition.reason !== undefined && { reason: condition.reason }),
    ...(condition.message !== undefined && { message: condition.message }),
  };
  const conditions = crd.status?.conditions ?? [];
  const next = old ? conditions.map((one) => (one === old ? made : one)) : [...conditions, made];
  return { ...crd, status: { ...crd.status, conditions: next } };
}

function acceptedNames(
  wanted: DefinitionNames,
  had: DefinitionNames | undefined,
  { resources, kinds }: TakenNames,
): { names: DefinitionNames; conflict: NewCondition | undefined } {
  let conflict: NewCondition | undefined;
  // The last conflict is told, as by the API server.
  function given(
    name: string | undefined,
    old: string | undefined,
    taken: ReadonlySet<string>,
    reason: string,
  ) {
    if (name === old || name === undefined || !taken.has(name)) return name;
    conflict = refused(reason, [name]);
    return old;
  }
  const plural = given(wanted.plural, had?.plural, resources, 'PluralConflict') ?? '';
  const singular = given(wanted.singular, had?.singular, resources, 'SingularConflict');
  const clashes = (wanted.shortNames ?? []).filter(
    (name) => !had?.shortNames?.includes(name) && resources.has(name),
  );
  if (clashes.length > 0) conflict = refused('ShortNamesConflict', clashes);
  const shortNames = clashes.length > 0 ? had?.shortNames : wanted.shortNames;
  const kind = given(wanted.kind, had?.kind, kinds, 'KindConflict') ?? '';
  const listKind = given(wanted.listKind, had?.listKind, kinds, 'ListKindConflict');
  const names: DefinitionNames = {
    plural,
    ...(singular !== undefined && { singular }),
    ...(shortNames !== undefined && { shortNames }),
    kind,
    ...(listKind !== undefined && { listKind }),
    ...(wanted.categories !== undefined && { categories: wanted.categories }),
  };
  return { names, conflict };
}

function refused(reason: string, names: readonly string[]): NewCondition {
  const texts = names.map((name) => `${JSON.stringify(name)} is already in use`);
  const message = texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
  return { type: 'NamesAccepted', status: 'False', reason, message };
}
