import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { crdNameOf, KINDS, kindOf } from '../../shared/api/kinds.ts';
import { upstreamKinds } from '../features/api/fields.ts';
import { type Api, connect } from './api.ts';
import { ruleSamples } from './rule-samples.ts';

interface Definition {
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
    readonly storedVersions: readonly string[];
  };
}

interface Sample {
  readonly metadata: { readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

interface Refusal {
  readonly message?: string;
}

const NAMESPACE = 'crds';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const KUSTOMIZATION = { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } };

let api: Api;

beforeAll(async () => {
  api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
  await api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
});

afterAll(async () => {
  await api.send('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
  api.close();
});

describe('the API server', () => {
  test.each(KINDS)('serves $kind, whose schema is structural', async (kind) => {
    const definition = await api.get<Definition>(`${DEFINITIONS}/${crdNameOf(kind)}`);
    const conditions = definition?.status.conditions ?? [];

    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'NamesAccepted', status: 'True' }));
    expect(conditions.map(({ type }) => type)).not.toContain('NonStructuralSchema');
    expect(definition?.status.storedVersions).toEqual([kind.version]);
  });

  test('is asked to refuse something by each rule that Flux has', () => {
    const rules = upstreamKinds().flatMap(({ kind, fields }) =>
      Object.values(fields).flatMap((facts) =>
        ((facts['x-kubernetes-validations'] ?? []) as { message: string }[]).map(
          ({ message }) => `${kind}: ${message}`,
        ),
      ),
    );
    const refused = ruleSamples.map(({ kind, refusal }) => `${kind}: ${refusal}`);

    expect(rules).toHaveLength(24);
    expect(rules.filter((rule) => !refused.includes(rule))).toEqual([]);
  });

  test.each(ruleSamples.filter(({ refusal }) => !refusal))('takes a $kind with $says', async (sample) => {
    const answer = await create(sample.kind, 'sample', sample.spec, '?dryRun=All');

    expect(answer.body).not.toHaveProperty('message');
    expect(answer.status).toBe(201);
  });

  test.each(ruleSamples.filter(({ refusal }) => refusal))('refuses a $kind with $says', async (sample) => {
    const answer = await create<Refusal>(sample.kind, 'sample', sample.spec, '?dryRun=All');

    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(sample.refusal);
  });
});

describe('a stored object', () => {
  test('[COM-02 crd-default] [GR-02 crd-timeout] has the defaults of spec and status', async () => {
    await create('GitRepository', 'defaults', { url: 'https://example.com/app', interval: '1m' });

    const stored = await api.get<Sample>(`${collection('GitRepository')}/defaults`);
    expect(stored?.spec.timeout).toBe('60s');
    expect(stored?.status).toEqual({ observedGeneration: -1 });
  });

  test('has defaults inside of defaulted and of listed fields', async () => {
    const substituteFrom = [{ kind: 'Secret', name: 'a' }];
    await create('Kustomization', 'nested', { ...KUSTOMIZATION, postBuild: { substituteFrom } });
    const sourceRef = { name: 'app' };
    await create('ImageUpdateAutomation', 'nested', { interval: '1m', sourceRef });

    const ks = await api.get<Sample>(`${collection('Kustomization')}/nested`);
    const iua = await api.get<Sample>(`${collection('ImageUpdateAutomation')}/nested`);
    expect(ks?.spec).toMatchObject({
      force: false,
      postBuild: { substituteFrom: [{ kind: 'Secret', name: 'a', optional: false }] },
    });
    expect(iua?.spec).toMatchObject({
      sourceRef: { kind: 'GitRepository' },
      update: { strategy: 'Setters' },
    });
  });

  test('keeps any values, and no field that its kind does not have', async () => {
    const values = { list: [{ a: 1 }], 'odd/key': { deep: 'x' } };
    const chartRef = { kind: 'OCIRepository', name: 'app' };
    await create('HelmRelease', 'values', { interval: '1m', chartRef, values, unheardOf: true });

    const stored = await api.get<Sample>(`${collection('HelmRelease')}/values`);
    expect(stored?.spec.values).toEqual(values);
    expect(stored?.spec).not.toHaveProperty('unheardOf');
  });

  test('may lack its spec, as with Flux', async () => {
    const answer = await create('GitRepository', 'bare', undefined, '?dryRun=All');

    expect(answer.status).toBe(201);
  });

  test('changes its status without a new generation, by the subresource only', async () => {
    await create('Kustomization', 'status', KUSTOMIZATION);
    const path = `${collection('Kustomization')}/status`;
    const status = { observedGeneration: 1, lastAppliedRevision: 'main@sha1:0' };

    await api.send('PATCH', path, { status: { observedGeneration: 7 } }, 'application/merge-patch+json');
    expect((await api.get<Sample>(path))?.status).toEqual({ observedGeneration: -1 });
    await api.send('PATCH', `${path}/status`, { status }, 'application/merge-patch+json');
    const after = await api.get<Sample>(path);
    expect(after?.status).toEqual(status);
    expect(after?.metadata.generation).toBe(1);
  });
});

describe('an artifact', () => {
  const artifact = {
    digest: 'sha256:0a',
    lastUpdateTime: '2026-01-01T00:00:00Z',
    path: 'p',
    revision: 'main@sha1:0',
    url: 'http://artifacts/p',
  };
  const advertise = (status: unknown) =>
    api.send<Refusal>(
      'PATCH',
      `${collection('GitRepository')}/artifact/status?dryRun=All`,
      { status: { artifact: status } },
      'application/merge-patch+json',
    );

  test('[COM-14 crd-artifact] needs a digest with its algorithm, a path, a revision, a time and a URL', async () => {
    await create('GitRepository', 'artifact', { url: 'https://example.com/app', interval: '1m' });

    const whole = await advertise(artifact);
    const missing = await Promise.all(
      Object.keys(artifact).map((field) => advertise({ ...artifact, [field]: undefined })),
    );
    const bare = await advertise({ ...artifact, digest: '0a' });

    expect(whole.status).toBe(200);
    expect(missing.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
    expect(bare.body.message).toContain('artifact.digest in body should match');
  });
});

describe('a required field', () => {
  test.each(['interval', 'prune', 'sourceRef'])(
    '[KS-01 crd-required] %s cannot be left out',
    async (field) => {
      const spec = Object.fromEntries(Object.entries(KUSTOMIZATION).filter(([name]) => name !== field));

      const answer = await create<Refusal>('Kustomization', 'partial', spec, '?dryRun=All');

      expect(answer.status).toBe(422);
      expect(answer.body.message).toContain(`spec.${field}: Required value`);
    },
  );
});

describe('a pattern', () => {
  test.each([
    ['GitRepository', 'url', 'git@example.com:org/app', '[GR-01 crd-pattern] '],
    ['GitRepository', 'interval', '1d', '[COM-01 crd-interval] '],
    ['GitRepository', 'timeout', '1h', '[COM-01 crd-timeout] '],
    ['OCIRepository', 'url', 'https://example.com/app', ''],
  ])('refuses a %s whose %s is %s %s', async (kind, field, value) => {
    const url = kind === 'OCIRepository' ? 'oci://example.com/app' : 'https://example.com/app';

    const fine = await create(kind, 'pattern', { url, interval: '1m' }, '?dryRun=All');
    const answer = await create<Refusal>(
      kind,
      'pattern',
      { url, interval: '1m', [field]: value },
      '?dryRun=All',
    );

    expect(fine.status).toBe(201);
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(`spec.${field} in body should match`);
  });
});

function collection(kindName: string): string {
  const kind = kindOf(kindName);
  if (!kind) throw new Error(`no kind ${kindName}`);
  return `/apis/${kind.apiVersion}/namespaces/${NAMESPACE}/${kind.plural}`;
}

function create<T = unknown>(kindName: string, name: string, spec: unknown, query = '') {
  const apiVersion = kindOf(kindName)?.apiVersion;
  const object = { apiVersion, kind: kindName, metadata: { name }, spec };
  return api.send<T>('POST', `${collection(kindName)}${query}`, object);
}
