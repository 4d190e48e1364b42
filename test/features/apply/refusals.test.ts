import { expect, test } from 'vitest';
import { isImmutableRefusal, refusalMessage, withoutNamespace } from '../../../shared/apply/dry-run.ts';
import { readinessOf } from '../../../shared/apply/readiness.ts';
import { withoutUndeclared } from '../../../shared/apply/undeclared.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

const deployment = (fields: object = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'apps' },
  ...fields,
});

test('[KS-65 dry-run-wording] a refusal names the object, the reason and what the server said', () => {
  const object = deployment();

  expect(refusalMessage(object, new Fault('forbidden', 'no', { reason: 'Forbidden', status: 403 }))).toBe(
    'Deployment/apps/web dry-run failed (Forbidden): no',
  );
  expect(refusalMessage(object, new Fault('server-error', 'oops', { reason: '', status: 500 }))).toBe(
    'Deployment/apps/web dry-run failed: oops',
  );
  expect(refusalMessage(object, new Fault('no-such-kind', 'any words'))).toBe(
    'Deployment/apps/web dry-run failed: no matches for kind "Deployment" in version "apps/v1"',
  );
  expect(refusalMessage(object, new Fault('not-found', 'namespaces "apps" not found'))).toBe(
    'Deployment/apps/web not found: namespaces "apps" not found',
  );
  expect(refusalMessage({ ...object, metadata: { name: 'web' } }, withoutNamespace())).toBe(
    'Deployment/web namespace not specified: the server could not find the requested resource',
  );
});

test.each([
  [new Fault('conflict', 'x', { status: 409, reason: 'Conflict' }), true],
  [new Fault('invalid', 'x', { status: 422, reason: 'Invalid' }), true],
  [new Fault('immutable', 'x', { status: 422, reason: 'Invalid' }), true],
  [new Fault('forbidden', "webhook: the IAMPolicyMember's spec is immutable", { status: 403 }), true],
  [new Fault('server-error', 'cannot change an immutable field of x', { status: 500 }), true],
  [new Fault('invalid', 'bad request', { status: 400, reason: 'BadRequest' }), false],
  [new Fault('forbidden', 'is not immutable', { status: 403 }), false],
  [new Fault('unreachable', 'gone'), false],
])('[KS-66 classification] %s counts as immutable: %s', (fault, expected) => {
  expect(isImmutableRefusal(fault)).toBe(expected);
});

function refusal(...paths: readonly string[]): Fault {
  const lines = paths.map((path) => `${path}: field not declared in schema`);
  const list = lines.length === 1 ? lines[0] : `errors:\n  ${lines.join('\n  ')}`;
  return new Fault(
    'server-error',
    `failed to create typed patch object (a/b; apps/v1, Kind=Deployment): ${list}`,
  );
}

test('[KS-62 unknown-fields] the fields that the server names are left out, in lists by their keys', () => {
  const object = deployment({
    spec: {
      replica: 1,
      ports: [
        { port: 1, protocol: 'TCP', typo: 1 },
        { port: 1, protocol: 'UDP', typo: 2 },
      ],
    },
  });

  expect(withoutUndeclared(object, refusal('.spec.replica'))?.spec).not.toHaveProperty('replica');
  expect(
    withoutUndeclared(object, refusal('.spec.replica', '.spec.ports[port=1,protocol="UDP"].typo'))?.spec,
  ).toEqual({
    ports: [
      { port: 1, protocol: 'TCP', typo: 1 },
      { port: 1, protocol: 'UDP' },
    ],
  });
});

test('[KS-62 unknown-fields] custom resources and other refusals are left to the user', () => {
  const custom = { ...deployment({ spec: { replica: 1 } }), apiVersion: 'other.test/v1' };

  expect(withoutUndeclared(custom, refusal('.spec.replica'))).toBeUndefined();
  expect(withoutUndeclared(deployment(), new Fault('invalid', 'something else'))).toBeUndefined();
  expect(withoutUndeclared(deployment(), new Error('.spec.a: field not declared in schema'))).toBeUndefined();
});

const definition = (...conditions: object[]): KubernetesObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'x' },
  status: { conditions },
});

test('[KS-63 definitions-awaited] a definition is ready when established, failed when its names are taken', () => {
  const established = (status: string, reason: string) => ({ type: 'Established', status, reason });

  expect(readinessOf(definition())).toBe('InProgress');
  expect(readinessOf(definition(established('False', 'Installing')))).toBe('InProgress');
  expect(readinessOf(definition(established('False', 'NotAccepted')))).toBe('Failed');
  expect(readinessOf(definition({ type: 'NamesAccepted', status: 'False' }))).toBe('Failed');
  expect(readinessOf(definition(established('True', 'InitialNamesAccepted')))).toBe('Current');
});

test('[KS-63 definitions-awaited] a namespace that is going is not ready; a class is by its conditions', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } };
  const going = { ...namespace, metadata: { name: 'x', deletionTimestamp: 't' } };
  const gateway = (status: object, generation = 1) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'x', generation },
    status,
  });

  expect(readinessOf(namespace)).toBe('Current');
  expect(readinessOf(going)).toBe('Terminating');
  expect(readinessOf(gateway({}))).toBe('Current');
  expect(readinessOf(gateway({ conditions: [{ type: 'Ready', status: 'False' }] }))).toBe('InProgress');
  expect(readinessOf(gateway({ conditions: [{ type: 'Stalled', status: 'True' }] }))).toBe('Failed');
  expect(readinessOf(gateway({ observedGeneration: 1 }, 2))).toBe('InProgress');
});
