import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Access, Attempt, VirtualResources } from '../access.ts';
import { badRequest, type FieldError, invalid } from '../api-error.ts';
import type { Call, Nature, User } from '../model.ts';
import type { Authentication } from './authenticate.ts';
import { timestamp } from './content.ts';
import { missingRoles, type RoleIndex } from './role-index.ts';
import { fromRule, type Rule } from './rule.ts';

/** What reviews ask. */
export interface ReviewWorld {
  readonly authentication: Pick<Authentication, 'review'>;
  readonly authorizer: Pick<Access, 'allows'>;
  readonly index: RoleIndex;
  readonly nature: Pick<Nature, 'now'>;
  /** The audience of tokens when a review names none. */
  readonly issuer: string;
}

interface AccessSpec {
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly version?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  } | null;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string } | null;
  readonly user?: string;
  readonly uid?: string;
  readonly groups?: readonly string[] | null;
}

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';

/** The reviews of both groups. */
export function reviews(world: ReviewWorld): VirtualResources {
  return new Map([
    [`${AUTHORIZATION}/selfsubjectaccessreviews`, (call, object) => reviewAccess(world, call, object)],
    [`${AUTHORIZATION}/subjectaccessreviews`, (call, object) => reviewAccess(world, call, object)],
    [`${AUTHORIZATION}/localsubjectaccessreviews`, (call, object) => reviewAccess(world, call, object)],
    [`${AUTHORIZATION}/selfsubjectrulesreviews`, (call, object) => reviewRules(world, call, object)],
    [`${AUTHENTICATION}/selfsubjectreviews`, (call) => reviewSelf(world, call)],
    [`${AUTHENTICATION}/tokenreviews`, (call, object) => reviewToken(world, call, object)],
  ]);
}

function reviewAccess(world: ReviewWorld, call: Call, object: KubernetesObject): KubernetesObject {
  const { kind } = call.type;
  const spec = (object.spec ?? {}) as AccessSpec;
  const errors = accessFaults(call, object, spec);
  // As the real server says it: the kind is lost on its way.
  if (errors.length > 0) throw invalid({ group: AUTHORIZATION, kind: '' }, '', errors);
  const { user = '', groups } = spec;
  const asked = kind === 'SelfSubjectAccessReview' ? call.user : { name: user, groups: groups ?? [] };
  const { allowed, reason } = world.authorizer.allows(asked, attemptOf(spec));
  const status = { allowed, ...(reason !== '' && { reason }) };
  const { namespace } = call;
  const metadata = kind === 'LocalSubjectAccessReview' ? { ...object.metadata, namespace } : object.metadata;
  return answer(call, { ...object, metadata, status });
}

function accessFaults(call: Call, object: KubernetesObject, spec: AccessSpec): readonly FieldError[] {
  const { kind } = call.type;
  const { resourceAttributes, nonResourceAttributes, user, groups } = spec;
  const local = kind === 'LocalSubjectAccessReview';
  const errors: FieldError[] = [];
  const wrong = (field: string, value: unknown, message: string) =>
    errors.push({
      field,
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
    });
  // Go's names: the value is shown before it is turned into an answer.
  const path = { Path: nonResourceAttributes?.path ?? '', Verb: nonResourceAttributes?.verb ?? '' };
  if (resourceAttributes && nonResourceAttributes) {
    wrong('spec.nonResourceAttributes', path, 'cannot be specified in combination with resourceAttributes');
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    wrong('spec.resourceAttributes', null, message);
  }
  if (kind !== 'SelfSubjectAccessReview' && !user && (groups ?? []).length === 0) {
    wrong('spec.user', '', 'at least one of user or group must be specified');
  }
  const { managedFields: _, namespace, ...metadata } = object.metadata ?? {};
  // Go knows no difference between nothing and what is empty.
  const said = Object.values(metadata).some((value) => value !== null && value !== '');
  if (said || (namespace && !local)) {
    wrong('metadata', object.metadata, local ? 'must be empty except for namespace' : 'must be empty');
  }
  if (local && resourceAttributes && (resourceAttributes.namespace ?? '') !== call.namespace) {
    const field = 'spec.resourceAttributes.namespace';
    wrong(field, resourceAttributes.namespace ?? '', 'must match metadata.namespace');
  }
  if (local && nonResourceAttributes) {
    wrong('spec.nonResourceAttributes', path, 'disallowed on this kind of request');
  }
  return errors;
}

function attemptOf({ resourceAttributes, nonResourceAttributes }: AccessSpec): Attempt {
  if (!resourceAttributes) {
    return { verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  }
  const { verb, group, version, resource, subresource, namespace, name } = resourceAttributes;
  return {
    verb: verb ?? '',
    group: group ?? '',
    version: version || '*',
    resource: resource ?? '',
    ...(subresource && { subresource }),
    namespace: namespace ?? '',
    name: name ?? '',
  };
}

function reviewRules(world: ReviewWorld, call: Call, object: KubernetesObject): KubernetesObject {
  const { namespace = '' } = (object.spec ?? {}) as { namespace?: string };
  if (namespace === '') throw badRequest('no namespace on request');
  const rules: Rule[] = [];
  const missing = world.index.visit(call.user, namespace, (rule) => {
    rules.push(rule);
    return false;
  });
  const shown = (rule: Rule, keys: readonly (keyof Rule)[]) =>
    Object.fromEntries(Object.entries(fromRule(rule)).filter(([key]) => keys.includes(key as keyof Rule)));
  const status = {
    resourceRules: rules
      .filter(({ resources }) => resources.length > 0)
      .map((rule) => shown(rule, ['verbs', 'apiGroups', 'resources', 'resourceNames'])),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
      .map((rule) => shown(rule, ['verbs', 'nonResourceURLs'])),
    incomplete: false,
    ...(missing.length > 0 && { evaluationError: missingRoles(missing) }),
  };
  return answer(call, { metadata: {}, spec: {}, status });
}

function reviewSelf({ nature }: ReviewWorld, call: Call): KubernetesObject {
  const metadata = { creationTimestamp: timestamp(nature.now()) };
  return answer(call, { metadata, status: { userInfo: userInfo(call.user) } });
}

function reviewToken(world: ReviewWorld, call: Call, object: KubernetesObject): KubernetesObject {
  const { token, audiences } = (object.spec ?? {}) as { token?: string; audiences?: string[] | null };
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const wanted = audiences && audiences.length > 0 ? audiences : [world.issuer];
  const verdict = world.authentication.review(token, wanted);
  const status =
    'error' in verdict
      ? { user: {}, error: verdict.error }
      : { authenticated: true, user: userInfo(verdict.user), audiences: verdict.audiences };
  return answer(call, { ...object, metadata: object.metadata ?? {}, status });
}

function userInfo({ name, uid, groups, extra }: User): Readonly<Record<string, unknown>> {
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && Object.keys(extra).length > 0 && { extra }),
  };
}

function answer({ type }: Call, object: Readonly<Record<string, unknown>>): KubernetesObject {
  const members = { ...object, apiVersion: `${type.group}/${type.version}`, kind: type.kind };
  return members as unknown as KubernetesObject;
}
