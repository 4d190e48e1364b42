import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../shared/api/kinds.ts';
import { allCrds } from '../../../shared/api/schemas.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { refusal } from '../../../shared/reconcile/receiver/decide.ts';
import { reconcilerFor } from '../../../shared/reconcile/registry.ts';
import { work } from '../../../shared/reconcile/work.ts';
import { delivery, workMessage } from '../../builders.ts';
import { createWorld } from './world.ts';

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
}

/** A string is an address when its name or its pattern says so. */
const ADDRESS_NAME = /(url|endpoint|address|proxy|host|server|^image)$/i;
/** References to Secrets and ConfigMaps that hold addresses. */
const ADDRESS_REFERENCE = /^(proxySecretRef|kubeConfig)$/;

function fieldsOf(schema: Schema, path = ''): readonly Field[] {
  const children = Object.entries(schema.properties ?? {}).map(
    ([name, child]) => [path === '' ? name : `${path}.${name}`, child] as const,
  );
  const items = schema.items ? [[`${path}[]`, schema.items] as const] : [];
  return [{ path, schema }, ...[...children, ...items].flatMap(([at, child]) => fieldsOf(child, at))];
}

function specsByKind(): ReadonlyMap<string, readonly Field[]> {
  return new Map(
    allCrds().map(({ spec }) => {
      const root = spec.versions[0]?.schema.openAPIV3Schema as Schema | undefined;
      return [spec.names.kind, fieldsOf(root?.properties?.spec ?? {}, 'spec')];
    }),
  );
}

function found(wanted: (name: string, schema: Schema) => boolean): readonly string[] {
  return [...specsByKind()].flatMap(([kind, fields]) =>
    fields
      .filter(({ path, schema }) => wanted(path.split('.').at(-1) ?? '', schema))
      .map(({ path }) => `${kind} ${path}`),
  );
}

const isAddress = (name: string, schema: Schema): boolean =>
  schema.type === 'string' && (ADDRESS_NAME.test(name) || (schema.pattern ?? '').includes('://'));

const kindOf = (field: string): string => field.split(' ')[0] ?? '';

/** Held by test/flow/egress.test.ts, test/flow/bucket-trouble.test.ts, test/flow/bucket-sts.test.ts, test/flow/bucket-azure.test.ts, test/flow/bucket-google.test.ts, test/flow/helm-repository.test.ts and test/features/oci/hostile.test.ts. */
const FETCHED = [
  'GitRepository spec.url',
  'HelmRepository spec.url',
  'Bucket spec.endpoint',
  'Bucket spec.sts.endpoint',
  'OCIRepository spec.url',
];
/** Held by test/flow/target-refusals.test.ts. */
const REACHED = ['Kustomization spec.kubeConfig'];
/** Of a kind without conditions, which nothing of ours reads yet. */
const READ_BY_NOTHING = ['Provider spec.address', 'Provider spec.proxy'];
/** Refused with the type that asks for it, or by themselves. */
const REFUSED = ['Receiver spec.oidcProviders[].issuerURL'];
const NOT_BUILT = ['ImageRepository spec.image'];

async function conditionsOf(kind: string): Promise<readonly string[]> {
  const { apiVersion = '' } = KINDS.find((known) => known.kind === kind) ?? {};
  const metadata = { name: 'x', namespace: 'apps', uid: 'u', resourceVersion: '1', generation: 1 };
  const world = createWorld({ objects: [{ apiVersion, kind, metadata, spec: {} } as KubernetesObject] });
  const message = workMessage({ kind, name: 'x' });
  await work([delivery('1', message)], world.ports, new AbortController().signal);
  const object = world.read({ kind, namespace: 'apps', name: 'x' }) as {
    status?: { conditions?: readonly { type: string; status: string; reason: string }[] };
  };
  return (object.status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}

describe('every field of every kind that names where to connect', () => {
  test('is known to this test: one that comes has to be held against the egress rule', () => {
    const known = [...FETCHED, ...REFUSED, ...READ_BY_NOTHING, ...NOT_BUILT];
    expect(found(isAddress).toSorted()).toEqual(known.toSorted());
  });

  test.each([...new Set(NOT_BUILT.map(kindOf))])('%s is refused whole', async (kind) => {
    expect(await conditionsOf(kind)).toEqual(['Stalled True NotSupported', 'Ready False NotSupported']);
  });

  test('of an issuer is refused, with the type of Receiver that asks for it', () => {
    const oidcProviders = [{ issuerURL: 'https://issuer.example.com', validations: [] }];
    const spec = { type: 'generic-oidc', oidcProviders, resources: [], interval: '10m' } as const;

    expect(refusal(spec)).toMatchObject({ reason: 'NotSupported' });
    expect(refusal({ ...spec, type: 'generic' })).toMatchObject({ reason: 'ValidationFailed' });
  });

  test('of a kind that is only read is not even listed', () => {
    for (const kind of READ_BY_NOTHING.map(kindOf)) expect(reconcilerFor(kind)).toBeUndefined();
  });

  test('also by a Secret or ConfigMap: held elsewhere, or refused by the field or with the kind', async () => {
    const references = found((name) => ADDRESS_REFERENCE.test(name));
    const built = references.filter((field) =>
      ['GitRepository', 'Bucket', 'Kustomization', 'OCIRepository'].includes(kindOf(field)),
    );

    expect(built.toSorted()).toEqual([
      'Bucket spec.proxySecretRef',
      'GitRepository spec.proxySecretRef',
      ...REACHED,
      'OCIRepository spec.proxySecretRef',
    ]);
    for (const kind of new Set(references.map(kindOf)).difference(new Set(built.map(kindOf)))) {
      if (reconcilerFor(kind) !== undefined)
        expect(await conditionsOf(kind)).toContain('Stalled True NotSupported');
    }
  });
});

test('every other object that asks for an identity of Google Cloud is refused', async () => {
  const asking = found((name, schema) => name === 'provider' && (schema.enum ?? []).includes('gcp'));

  expect(asking).toEqual([
    'OCIRepository spec.provider',
    'HelmRepository spec.provider',
    'Bucket spec.provider',
    'ImageRepository spec.provider',
  ]);
  // A HelmRepository asks for one with type oci only, which nothing of ours reads.
  const built = ['Bucket', 'OCIRepository', 'HelmRepository'];
  for (const kind of asking.map(kindOf).filter((one) => !built.includes(one)))
    expect(await conditionsOf(kind)).toContain('Stalled True NotSupported');
});
