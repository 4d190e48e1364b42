import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ourDefinitions } from '../../infra/cli/definitions.ts';
import { KINDS } from '../../shared/api/kinds.ts';
import { until } from './api.ts';
import { type CliCluster, DEFINITIONS, personOf, startCliCluster } from './cli-session.ts';

interface Version {
  name: string;
  served: boolean;
  storage: boolean;
  schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } };
}

interface Definition {
  metadata: { name: string; labels?: Record<string, string>; resourceVersion?: string };
  spec: { group: string; versions: Version[] };
  status?: { storedVersions: string[]; conditions?: { type: string; status: string }[] };
}

const NAME = 'kustomizations.kustomize.toolkit.fluxcd.io';
const PATH = `${DEFINITIONS}/${NAME}`;
const SPEC = { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } };

let cluster: CliCluster;

beforeAll(async () => {
  cluster = await startCliCluster();
});

afterAll(() => cluster.stop());

/** Our definition of Kustomization, for changing. */
function kustomizations(): { definition: Definition; version: Version; fields: Record<string, unknown> } {
  const found = ourDefinitions().find(({ metadata: { name } }) => name === NAME);
  const definition = structuredClone(found) as unknown as Definition;
  const [version] = definition.spec.versions;
  if (!version) throw new Error(`${NAME} has no version`);
  return { definition, version, fields: version.schema.openAPIV3Schema.properties.spec.properties };
}

/** Puts a definition where nothing of the kind was before. */
async function given(definition: Definition): Promise<void> {
  await cluster.api.send('DELETE', PATH);
  await until(
    'the old definition is gone',
    async () => (await cluster.api.get(PATH)) === undefined || undefined,
  );
  await cluster.api.create(DEFINITIONS, definition);
  await until('the definition is served', async () => {
    const conditions = (await present()).status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True') || undefined;
  });
}

async function present(): Promise<Definition> {
  const definition = await cluster.api.get<Definition>(PATH);
  if (!definition) throw new Error(`no ${NAME}`);
  return definition;
}

function objects(version: string): string {
  return `/apis/kustomize.toolkit.fluxcd.io/${version}/namespaces/default/kustomizations`;
}

/** A newly served path answers 404 for some milliseconds. */
async function createObject(version: string, name: string, spec: object): Promise<void> {
  const apiVersion = `kustomize.toolkit.fluxcd.io/${version}`;
  const object = { apiVersion, kind: 'Kustomization', metadata: { name }, spec };
  await until(`${name} is created`, async () => {
    const { status, body } = await cluster.api.send('POST', objects(version), object);
    if (status !== 404 && status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    return status === 201 || undefined;
  });
}

function readSpec(version: string, name: string): Promise<Record<string, unknown>> {
  return until(`${name} is served in ${version}`, async () => {
    const object = await cluster.api.get<{ spec: Record<string, unknown> }>(`${objects(version)}/${name}`);
    return object?.spec;
  });
}

describe('sluice install', () => {
  test('says with --dry-run what it would do, and does nothing', async () => {
    const { code, out } = await personOf(cluster).sluice('install', '--dry-run');

    expect(code).toBe(0);
    expect(out.match(/^crd\/\S+ +created \(dry run\)$/gm)).toHaveLength(KINDS.length);
    expect(out).toMatch(/^namespace\/flux-system +created \(dry run\)$/m);
    expect(await cluster.api.get(PATH)).toBeUndefined();
    expect(await cluster.api.get('/api/v1/namespaces/flux-system')).toBeUndefined();
  });

  test('creates every kind, served and labelled, and afterwards changes nothing', async () => {
    const first = await personOf(cluster).sluice('install');
    const before = (await present()).metadata.resourceVersion;
    const second = await personOf(cluster).sluice('install');

    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out.match(/^crd\/\S+ +created$/gm)).toHaveLength(KINDS.length);
    expect(second.out.match(/^crd\/\S+ +unchanged$/gm)).toHaveLength(KINDS.length);
    const { metadata } = await present();
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'flux' });
    expect(metadata.resourceVersion).toBe(before);
  });
});

describe('a definition that a cluster has', () => {
  beforeEach(async () => {
    await personOf(cluster).sluice('install');
  });

  test('with an older schema gets our fields and keeps its own, as do its objects', async () => {
    const { definition, fields } = kustomizations();
    delete fields.wait;
    fields.gone = { type: 'string' };
    await given(definition);
    await createObject('v1', 'old', { ...SPEC, gone: 'kept' });

    const { code, out } = await personOf(cluster).sluice('install');

    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^crd/${NAME} +updated +too old, lacked spec.wait$`, 'm'));
    await createObject('v1', 'new', { ...SPEC, wait: true });
    expect(await readSpec('v1', 'new')).toMatchObject({ wait: true });
    expect(await readSpec('v1', 'old')).toMatchObject({ gone: 'kept' });
  });

  test('with an older version keeps serving it, and new fields reach the disk', async () => {
    const { definition, version, fields } = kustomizations();
    version.name = 'v1beta2';
    delete fields.wait;
    await given(definition);
    await createObject('v1beta2', 'beta', SPEC);

    const { code, out } = await personOf(cluster).sluice('install');

    expect(code).toBe(0);
    expect(out).toMatch(/updated +too old, lacked version v1$/m);
    expect(await readSpec('v1beta2', 'beta')).toMatchObject(SPEC);
    expect(await readSpec('v1', 'beta')).toMatchObject(SPEC);
    await createObject('v1', 'stable', { ...SPEC, wait: true });
    expect(await readSpec('v1', 'stable')).toMatchObject({ wait: true });
    expect((await present()).status?.storedVersions).toEqual(['v1beta2', 'v1']);
  });

  test('that is newer is left alone', async () => {
    const { definition, version, fields } = kustomizations();
    fields.next = { type: 'string' };
    definition.spec.versions.push({ ...structuredClone(version), name: 'v2', storage: false });
    await given(definition);
    const before = await present();

    const { code, out } = await personOf(cluster).sluice('install');

    expect(code).toBe(0);
    expect(out).toMatch(/newer, left alone +has version v2, spec.next$/m);
    expect(await present()).toEqual(before);
  });

  test('that no longer serves our version fails the command, and the others are installed', async () => {
    const { definition, version } = kustomizations();
    version.name = 'v2';
    await given(definition);
    const other = 'buckets.source.toolkit.fluxcd.io';
    await cluster.api.send('DELETE', `${DEFINITIONS}/${other}`);
    await until('a definition is gone', async () => {
      return (await cluster.api.get(`${DEFINITIONS}/${other}`)) === undefined || undefined;
    });

    const { code, out, err } = await personOf(cluster).sluice('install');

    expect(code).toBe(1);
    expect(err).toBe(`error: not touched, as written above: ${NAME}`);
    expect(out).toMatch(/refused +it serves v2 and no longer v1; this Sluice is too old for it$/m);
    expect(out).toMatch(new RegExp(`^crd/${other} +created$`, 'm'));
  });
});
