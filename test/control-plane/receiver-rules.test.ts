import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Api, connect } from './api.ts';

const RECEIVERS = '/apis/notification.toolkit.fluxcd.io/v1/namespaces/default/receivers';
const PLAIN = {
  type: 'github',
  secretRef: { name: 'token' },
  resources: [{ kind: 'GitRepository', name: 'app' }],
};
/** As Flux names them. */
const TYPES = [
  ...['generic', 'generic-hmac', 'generic-oidc', 'github', 'gitlab', 'bitbucket', 'harbor', 'dockerhub'],
  ...['quay', 'gcr', 'nexus', 'acr', 'cdevents'],
];
const PROVIDER = { issuerURL: 'https://issuer', validations: [{ expression: 'true', message: 'no' }] };
const oidc = { type: 'generic-oidc', resources: PLAIN.resources };

let api: Api;
beforeAll(() => {
  api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
});
afterAll(() => api.close());

interface Answer {
  readonly message?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

async function dryRun(spec: object): Promise<{ readonly code: number; readonly body: Answer }> {
  const object = {
    apiVersion: 'notification.toolkit.fluxcd.io/v1',
    kind: 'Receiver',
    metadata: { name: 'a', namespace: 'default' },
    spec,
  };
  const { status, body } = await api.send<Answer>('POST', `${RECEIVERS}?dryRun=All`, object);
  return { code: status, body };
}

const resource = (more: object): object => ({ ...PLAIN, resources: [{ ...PLAIN.resources[0], ...more }] });

describe('the API server takes a Receiver', () => {
  test('[RC-01 enum] of thirteen types and no other', async () => {
    for (const type of TYPES) {
      const spec = type === 'generic-oidc' ? { ...oidc, oidcProviders: [PROVIDER] } : { ...PLAIN, type };
      expect([type, (await dryRun(spec)).code]).toEqual([type, 201]);
    }
    for (const type of ['gitea', 'GitHub', '']) expect((await dryRun({ ...PLAIN, type })).code).toBe(422);
  });

  test('[RC-02 required] [RC-05 crd-default] with a type and resources, and gives it an interval and a status', async () => {
    const { body } = await dryRun(PLAIN);
    expect(body.spec).toMatchObject({ interval: '10m' });
    expect(body.status).toEqual({ observedGeneration: -1 });

    for (const field of ['type', 'resources'] as const) {
      const { [field]: _gone, ...rest } = PLAIN;
      expect((await dryRun(rest)).body.message).toContain(`spec.${field}: Required value`);
    }
    for (const interval of ['500ms', '1h30m']) expect((await dryRun({ ...PLAIN, interval })).code).toBe(201);
    for (const interval of ['10', '1d', '']) expect((await dryRun({ ...PLAIN, interval })).code).toBe(422);
  });

  test('[RC-03 kinds] with resources of twelve kinds, named by 1 to 253 characters', async () => {
    const kinds = [
      ...['Bucket', 'GitRepository', 'Kustomization', 'HelmRelease', 'HelmChart', 'HelmRepository'],
      ...['ImageRepository', 'ImagePolicy', 'ImageUpdateAutomation', 'OCIRepository', 'ArtifactGenerator'],
      'ExternalArtifact',
    ];
    for (const kind of kinds) expect([kind, (await dryRun(resource({ kind }))).code]).toEqual([kind, 201]);
    for (const kind of ['Receiver', 'Pod']) expect((await dryRun(resource({ kind }))).code).toBe(422);
    for (const name of ['*', 'a'.repeat(253)]) expect((await dryRun(resource({ name }))).code).toBe(201);
    for (const name of ['', 'a'.repeat(254)]) expect((await dryRun(resource({ name }))).code).toBe(422);
    const full = { apiVersion: 'x/v1', namespace: 'b', matchLabels: { a: 'b' }, filter: 'true' };
    expect((await dryRun(resource(full))).code).toBe(201);
  });

  test.each([
    ['no secretRef', { type: 'github', resources: PLAIN.resources }, 'secretRef is required'],
    [
      'oidcProviders beside another type',
      { ...PLAIN, oidcProviders: [PROVIDER] },
      'oidcProviders can only be set',
    ],
    ['no oidcProviders with their type', oidc, 'must define at least one oidcProvider'],
    [
      'a secretRef with their type',
      { ...PLAIN, ...oidc, oidcProviders: [PROVIDER] },
      'secretRef cannot be set',
    ],
  ])('[RC-04 api-server] but not with %s', async (_what, spec, refusal) => {
    const { code, body } = await dryRun(spec);

    expect([code, body.message]).toEqual([422, expect.stringContaining(refusal)]);
  });
});
