import { Budget, type Compile, type Condition } from '../core/cel/expression.ts';
import { messageOf } from '../core/failures.ts';
import { groupOf, type KubernetesObject } from '../core/kubernetes-object.ts';
import { integerAt } from './fields.ts';
import { type Health, inProgress } from './health.ts';

/** An entry of `spec.healthCheckExprs`; a `kind` left out means every kind of the group. */
export interface HealthExpressions {
  readonly apiVersion: string;
  readonly kind?: string | undefined;
  readonly current: string;
  readonly failed?: string | undefined;
  readonly inProgress?: string | undefined;
}

/** How objects are judged by expressions. */
export interface Judge {
  /** Whether objects of a kind are judged here, whatever their version. */
  judges(kind: { readonly apiVersion: string; readonly kind: string }): boolean;
  /** How an object is; Unknown with the reason when an expression cannot be evaluated. Undefined for kinds of others. */
  judge(object: KubernetesObject): Health | undefined;
}

/** Judges nobody. */
export const NO_JUDGE: Judge = { judges: () => false, judge: () => undefined };

/** Characters of all expressions of one object: what can be compiled in about a second. */
const MAX_TOTAL = 65_536;

type Verdicts = readonly (readonly [Health['status'], Condition])[];

/** Throws an Error, in Flux's words, about the first check that cannot be used. */
export function judgeOf(checks: readonly HealthExpressions[], compile: Compile): Judge {
  const length = checks.reduce((sum, check) => sum + textsOf(check).join('').length, 0);
  if (length > MAX_TOTAL) throw new Error(`healthCheckExprs have more than ${MAX_TOTAL} characters in all`);
  const known = new Map<string, Verdicts>();
  for (const [index, check] of checks.entries()) {
    const { apiVersion, kind = '' } = check;
    const key = keyOf(groupOf(apiVersion), kind);
    if (known.has(key)) {
      const name = [kind, groupOf(apiVersion)].filter((part) => part !== '').join('.');
      throw new Error(`duplicate custom health check for GroupKind ${name} at healthchecks[${index}]`);
    }
    known.set(key, compiled(check, index, compile));
  }
  const budget = new Budget();
  const find = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) => {
    const group = groupOf(apiVersion);
    return known.get(keyOf(group, kind)) ?? known.get(keyOf(group, ''));
  };
  return {
    judges: (kind) => find(kind) !== undefined,
    judge(object) {
      const verdicts = find(object);
      return verdicts && judged(object, verdicts, budget);
    },
  };
}

function keyOf(group: string, kind: string): string {
  return `${group}/${kind}`;
}

function textsOf({ current, failed = '', inProgress = '' }: HealthExpressions): readonly string[] {
  return [current, failed, inProgress];
}

/** The expressions in the order in which they are asked. */
function compiled(check: HealthExpressions, index: number, compile: Compile): Verdicts {
  const one = (status: Health['status'], name: string, text: string | undefined): Verdicts => {
    if (!text) return [];
    try {
      return [[status, compile(text)]];
    } catch (error) {
      throw failure(index, `failed to parse the expression ${name}: ${messageOf(error)}`);
    }
  };
  if (!check.current) throw failure(index, 'expression Current not specified');
  const current = one('Current', 'Current', check.current);
  const failed = one('Failed', 'Failed', check.failed);
  return [...one('InProgress', 'InProgress', check.inProgress), ...failed, ...current];
}

function failure(index: number, why: string): Error {
  return new Error(`failed to create custom status evaluator for healthchecks[${index}]: ${why}`);
}

/** What an expression makes of a Secret may be part of why it fails. */
const ABOUT_SECRET = 'failed to evaluate a CEL expression about a Secret';

function isSecret({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}

function judged(object: KubernetesObject, verdicts: Verdicts, budget: Budget): Health {
  const observed = integerAt(object, 'status.observedGeneration', undefined);
  const generation = integerAt(object, 'metadata.generation', undefined);
  if (observed !== undefined && generation !== undefined && observed !== generation) return inProgress('');
  try {
    const found = verdicts.find(([, condition]) => condition.holds({ ...object }, budget));
    return found ? { status: found[0], message: '' } : inProgress('');
  } catch (error) {
    return { status: 'Unknown', message: isSecret(object) ? ABOUT_SECRET : messageOf(error) };
  }
}
