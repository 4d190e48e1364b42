import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { sopsEncrypt } from '../servers/sops.ts';
import { create, edit, KUSTOMIZATION, reconcile } from './drive.ts';
import { applierAt, configMap, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('decryption', async () => ({ settings: { sopsAgeSecret: 'sops-age-default' } }));
const { namespace } = setting;
const synced = startsIn(setting);

/** Each stands in one encrypted place, and nowhere else in this file. */
const PLAIN = {
  MANIFEST: 'manifest-horse-4711',
  WHOLE: 'whole-staple-4712',
  YAML: 'yaml-battery-4713',
  JSON: 'json-correct-4714',
  DOTENV: 'dotenv-tree-4715',
  INI: 'ini-river-4716',
  BINARY: 'binary-stone-4717',
  ENVS: 'envs-cloud-4718',
  PATCH: 'patch-window-4719',
  NESTED: 'nested-door-4720',
  VALUE: 'value-roof-4721',
  DOCKER: 'docker-floor-4722',
  VARIABLE: 'variable-wall-4723',
  MAPPED: 'mapped-gate-4724',
} as const;

let key = { identity: '', recipient: '' };
const DECRYPTION = { provider: 'sops', secretRef: { name: 'keys' } };

beforeAll(async () => {
  const identity = await generateX25519Identity();
  key = { identity, recipient: await identityToRecipient(identity) };
  await secret('keys', { 'main.agekey': identity });
});

async function secret(name: string, stringData: Readonly<Record<string, string>>, at = namespace) {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: at, name }, stringData };
  await setting.world.cluster.apply(object, { fieldManager: 'person' });
}

function encrypted(format: string, plain: string | Uint8Array, rule = ''): string {
  const config = `creation_rules:\n- age: ${key.recipient}\n  ${rule}\n`;
  return sopsEncrypt(plain, { format, config }).toString('utf8');
}

function manifest(kind: string, name: string, fields: object, metadata: object = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace, ...metadata }, ...fields });
}

const SECRET_DATA = 'encrypted_regex: ^(data|stringData)$';

const read = (kind: string, name: string) =>
  setting.world.cluster.get({ apiVersion: 'v1', kind, namespace, name });

/** The decoded data of a Secret, or of the one whose name begins so. */
async function dataOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { items } = await setting.world.cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace });
  const found = items.find(({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`));
  const { data = {} } = (found ?? {}) as { data?: Readonly<Record<string, string>> };
  return Object.fromEntries(
    Object.entries(data).map(([entry, value]) => [entry, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** A kustomization with encrypted files of every kind, one of them for a ConfigMap. */
function everyFormat(buildMetadata: readonly string[] = []): Readonly<Record<string, string>> {
  const binary = Buffer.concat([Buffer.from([0, 255]), Buffer.from(PLAIN.BINARY)]);
  return {
    'kustomization.yaml': JSON.stringify({
      resources: ['nested', 'manifest.yaml', 'whole.yaml', 'values.yaml', 'open.yaml'],
      secretGenerator: [
        {
          name: 'generated',
          namespace,
          files: ['config.yaml', 'settings.json', 'app.env', 'my.ini', 'store.p12', 'renamed.yaml=other'],
          envs: ['variables'],
        },
      ],
      configMapGenerator: [
        { name: 'left', namespace, files: ['left.yaml'], options: { disableNameSuffixHash: true } },
      ],
      patches: [{ path: 'patch.yaml' }],
      ...(buildMetadata.length > 0 && { buildMetadata }),
    }),
    'manifest.yaml': encrypted(
      'yaml',
      manifest('Secret', 'manifest', { stringData: { password: PLAIN.MANIFEST, greeting: '${greeting}' } }),
      SECRET_DATA,
    ),
    'whole.yaml': encrypted(
      'yaml',
      manifest('ConfigMap', 'whole', { data: { a: PLAIN.WHOLE, n: '1' } }),
      'encrypted_regex: ^data$',
    ),
    'open.yaml': manifest('Secret', 'patched', { stringData: { open: 'yes' } }),
    'values.yaml': manifest('Secret', 'values', {
      data: {
        'app.yaml': Buffer.from(encrypted('yaml', `# why\nvalue: ${PLAIN.VALUE}\n`)).toString('base64'),
        '.dockerconfigjson': Buffer.from(
          encrypted('json', JSON.stringify({ auths: { 'ghcr.io': { auth: PLAIN.DOCKER } } })),
        ).toString('base64'),
        plain: Buffer.from('in the open').toString('base64'),
      },
    }),
    'config.yaml': encrypted('yaml', `# a comment\nlist:\n- ${PLAIN.YAML}\n`),
    'settings.json': encrypted('json', JSON.stringify({ deep: { of: [PLAIN.JSON] } })),
    'app.env': encrypted('dotenv', `PASSWORD=${PLAIN.DOTENV}\n`),
    'my.ini': encrypted('ini', `[main]\nsecret = ${PLAIN.INI}\n`),
    'store.p12': encrypted('binary', binary),
    other: 'is=not encrypted',
    variables: encrypted('dotenv', `TOKEN=${PLAIN.ENVS}\n`),
    'left.yaml': encrypted('yaml', 'a: left as it is\n'),
    'patch.yaml': encrypted(
      'yaml',
      manifest('Secret', 'patched', { stringData: { patched: PLAIN.PATCH } }),
      SECRET_DATA,
    ),
    'nested/kustomization.yaml': JSON.stringify({
      secretGenerator: [{ name: 'nested', namespace, files: ['n.yaml'] }],
    }),
    'nested/n.yaml': encrypted('yaml', `in: ${PLAIN.NESTED}\n`),
  };
}

/** All that a run leaves anywhere besides what was asked for: logs, events, Flux objects, the store, every file of the state and of temporary folders. */
async function traces(): Promise<Readonly<Record<string, string>>> {
  const { cluster, runtime, stateDirectory } = setting.world;
  const list = async (apiVersion: string, kind: string) =>
    (await cluster.list({ apiVersion, kind, namespace })).items;
  const told = [
    ...(await list('v1', 'Event')),
    ...(await list(KUSTOMIZATION.apiVersion, KUSTOMIZATION.kind)),
  ];
  const stored: Record<string, string> = {};
  for await (const { key: name } of runtime.ports.store.list('')) {
    stored[name] = textOf((await runtime.ports.store.get(name))?.body ?? new Uint8Array());
  }
  return {
    ...Object.fromEntries(setting.log.entries.map((entry, at) => [`log ${at}`, JSON.stringify(entry)])),
    ...Object.fromEntries(
      told.map((object) => [`${object.kind} ${object.metadata.name}`, JSON.stringify(object)]),
    ),
    ...stored,
    ...filesBelow(stateDirectory),
    ...Object.assign({}, ...['/dev/shm', tmpdir()].flatMap(temporary).map(filesBelow)),
  };
}

function temporary(parent: string): readonly string[] {
  try {
    const names = readdirSync(parent).filter((name) =>
      /^sluice-(?!control-plane|sops-|s3-|moto-|azure-|git)/.test(name),
    );
    return names.map((name) => join(parent, name));
  } catch {
    return [];
  }
}

function filesBelow(directory: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    try {
      if (statSync(path).isFile()) files[path] = textOf(readFileSync(path));
    } catch {
      // Others' folders come and go.
    }
  }
  return files;
}

function textOf(bytes: Uint8Array): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return Buffer.from(isGzip ? gunzipSync(bytes) : bytes).toString('latin1');
}

/** Where any of the plain texts stands, in any form. */
async function leaks(): Promise<readonly string[]> {
  const values = Object.values(PLAIN).flatMap((value) => [
    value,
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ]);
  const found = [...values, key.identity];
  return Object.entries(await traces()).flatMap(([place, text]) =>
    found.filter((value) => text.includes(value)).map((value) => `${value} in ${place}`),
  );
}

async function expectEverything(): Promise<void> {
  expect(await dataOf('generated')).toEqual({
    'config.yaml': `# a comment\nlist:\n    - ${PLAIN.YAML}\n`,
    'settings.json': `{\n\t"deep": {\n\t\t"of": [\n\t\t\t"${PLAIN.JSON}"\n\t\t]\n\t}\n}\n`,
    'app.env': `PASSWORD=${PLAIN.DOTENV}\n`,
    'my.ini': `[main]\nsecret = ${PLAIN.INI}\n`,
    'store.p12': expect.stringContaining(PLAIN.BINARY),
    'renamed.yaml': 'is=not encrypted',
    TOKEN: PLAIN.ENVS,
  });
  expect(await dataOf('nested')).toEqual({ 'n.yaml': `in: ${PLAIN.NESTED}\n` });
  expect(await dataOf('manifest')).toEqual({
    password: PLAIN.MANIFEST,
    greeting: PLAIN.VARIABLE,
  });
  expect(await dataOf('patched')).toEqual({ open: 'yes', patched: PLAIN.PATCH });
  expect(await dataOf('values')).toEqual({
    'app.yaml': `# why\nvalue: ${PLAIN.VALUE}\n`,
    '.dockerconfigjson': `{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "${PLAIN.DOCKER}"\n\t\t}\n\t}\n}\n`,
    plain: 'in the open',
  });
  expect(await read('ConfigMap', 'whole')).toMatchObject({ data: { a: PLAIN.WHOLE, n: '1' } });
  const left = (await read('ConfigMap', 'left')) as KubernetesObject & {
    data: Readonly<Record<string, string>>;
  };
  expect(left.data['left.yaml']).toMatch(/^a: ENC\[AES256_GCM/);
  expect(left.data['left.yaml']).toContain('\nsops:\n');
}

describe('what SOPS encrypted', () => {
  const tags =
    '[KS-50 key-secret] [KS-52 resources] [KS-52 secret-values] [KS-52 sources] [KS-52 not-config-maps] [KS-56 before-substitution]';
  test.each<[string, readonly string[]]>([
    ['in the process', []],
    // A field that only the real kustomize handles.
    ['by the real kustomize', ['originAnnotations']],
  ])(`${tags} is applied in plain text when built %s, and stands nowhere else`, async (how, metadata) => {
    const name = metadata.length === 0 ? 'formats' : 'formats-kustomize';
    await secret('variables', { greeting: PLAIN.VARIABLE });
    const postBuild = { substituteFrom: [{ kind: 'Secret', name: 'variables' }] };

    const done = await synced(name, everyFormat(metadata), { decryption: DECRYPTION, postBuild });

    expect(told(done), how).toMatch(/^True ReconciliationSucceeded/);
    await expectEverything();
    expect(await leaks()).toEqual([]);
    // The search reads packed artifacts: it would see a value.
    expect(JSON.stringify(await traces())).toContain(key.recipient);
    await edit(setting.world, applierAt(setting, name), { spec: { suspend: true } });
  });
});

describe('a key', () => {
  test('[KS-16 decryption-secret] that changes in its Secret runs it again', async () => {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    await secret('later', { 'x.agekey': identity });
    const file = sopsEncrypt(manifest('Secret', 'later-made', { stringData: { a: 'b' } }), {
      format: 'yaml',
      flags: ['--age', key.recipient, '--encrypted-regex', '^stringData$'],
    });
    expect(recipient).not.toBe(key.recipient);
    const decryption = { provider: 'sops', secretRef: { name: 'later' } };

    const failed = await synced('later', { 'a.yaml': file.toString() }, { decryption });

    expect(told(failed)).toMatch(
      /^False BuildFailed: decryption failed for 'Secret.v1.\[noGrp\]\/later-made': failed to decrypt and format 'decryption\/later-made' Secret data: cannot get sops data key: /,
    );
    expect(told(failed)).toContain(`${key.recipient}: FAILED`);
    expect(await read('Secret', 'later-made')).toBeUndefined();

    await secret('later', { 'x.agekey': key.identity });
    const done = await reconcile(setting.world, applierAt(setting, 'later'));
    expect(told(done)).toMatch(/^True ReconciliationSucceeded/);
    expect(await dataOf('later-made')).toEqual({ a: 'b' });
  });

  test('of a Secret that is not there fails the build, and nothing is applied', async () => {
    const decryption = { provider: 'sops', secretRef: { name: 'nobody' } };

    const failed = await synced('missing', { 'a.yaml': configMap(namespace, 'missing', {}) }, { decryption });

    expect(told(failed)).toBe('False BuildFailed: secrets "nobody" not found');
    expect(await read('ConfigMap', 'missing')).toBeUndefined();
  });

  test('that cannot be read fails the build by the name of its entry, and is not told', async () => {
    await secret('broken', { 'bad.agekey': 'AGE-SECRET-KEY-1TELLNOBODY' });
    const decryption = { provider: 'sops', secretRef: { name: 'broken' } };

    const failed = await synced('broken', { 'a.yaml': configMap(namespace, 'broken', {}) }, { decryption });

    expect(told(failed)).toBe(
      "False BuildFailed: failed to import 'bad.agekey' data from sops decryption Secret 'decryption/broken': failed to parse and add to age identities: error at line 1: malformed secret key",
    );
  });

  test('[KS-51 age-default] of the operator decrypts where no Secret is named', async () => {
    await secret('sops-age-default', { 'x.agekey': key.identity }, 'flux-system');
    const file = encrypted('yaml', manifest('Secret', 'by-default', { stringData: { a: 'b' } }), SECRET_DATA);

    const done = await synced('by-default', { 'a.yaml': file }, { decryption: { provider: 'sops' } });

    expect(told(done)).toMatch(/^True ReconciliationSucceeded/);
    expect(await dataOf('by-default')).toEqual({ a: 'b' });
  });
});

test('[KS-50 service-account] a service account needs the gate, and stalls without it', async () => {
  const decryption = { ...DECRYPTION, serviceAccountName: 'decrypter' };

  const stalled = await synced('gated', { 'a.yaml': configMap(namespace, 'gated', {}) }, { decryption });

  const text =
    'to use spec.decryption.serviceAccountName for decryption authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller';
  expect(told(stalled)).toBe(`False FeatureGateDisabled: ${text}`);
  expect(told(stalled, 'Stalled')).toBe(`True FeatureGateDisabled: ${text}`);
  expect(await read('ConfigMap', 'gated')).toBeUndefined();
});

test('[KS-52 sources] a generator’s file that is missing, too large or outside is told; [KS-53 bounds]', async () => {
  const generator = (file: string): string =>
    JSON.stringify({ secretGenerator: [{ name: 'x', files: [file] }] });
  const files = {
    'kustomization.yaml': generator('gone.yaml'),
    'large.yaml': `# ${'x'.repeat(5 * 1024 * 1024)}\n`,
  };
  const start = await synced('bounds', files, { decryption: DECRYPTION });
  const problems = [told(start)];
  for (const file of ['../../../../etc/passwd', 'large.yaml']) {
    await publish(setting, 'bounds', { 'kustomization.yaml': generator(file) });
    problems.push(told(await sync(setting, 'bounds')));
  }

  expect(problems).toEqual([
    'False BuildFailed: error decrypting sources: lstat gone.yaml: no such file or directory',
    'False BuildFailed: error decrypting sources: lstat etc/passwd: no such file or directory',
    'False BuildFailed: error decrypting sources: cannot decrypt file with size (5242883 bytes) exceeding limit (5242880)',
  ]);
});

test('what cannot be applied after it was decrypted is told without its value', async () => {
  const secretText = 'refused-lantern-4730';
  const map = encrypted(
    'yaml',
    manifest('ConfigMap', 'refused', { data: { a: [secretText] } }),
    'encrypted_regex: ^data$',
  );
  const patch = encrypted('yaml', `{"not": "a patch ${secretText}"}`, 'encrypted_regex: ^not$');
  const patched = JSON.stringify({ resources: ['a.yaml'], patches: [{ path: 'p.yaml' }] });

  const refused = await synced('quoted', { 'a.yaml': map }, { decryption: DECRYPTION });
  await publish(setting, 'quoted', {
    'a.yaml': configMap(namespace, 'refused', {}),
    'p.yaml': patch,
    'kustomization.yaml': patched,
  });
  const unpatched = await sync(setting, 'quoted');

  expect(told(refused)).toMatch(/^False ReconciliationFailed/);
  expect(told(unpatched)).toMatch(/^False BuildFailed: kustomize build failed/);
  const all = JSON.stringify(await traces());
  expect(all).not.toContain(secretText);
});

test('an object can opt out', async () => {
  const annotations = { 'kustomize.toolkit.fluxcd.io/decrypt': 'disabled' };
  const file = encrypted(
    'yaml',
    manifest('ConfigMap', 'opted-out', { data: { a: PLAIN.MAPPED } }, { annotations }),
    'encrypted_regex: ^data$',
  );

  const done = await synced('opted-out', { 'a.yaml': file }, { decryption: DECRYPTION });

  expect(told(done)).toMatch(/^True /);
  const map = (await read('ConfigMap', 'opted-out')) as KubernetesObject & { data: { a: string } };
  expect(map.data.a).toMatch(/^ENC\[AES256_GCM/);
  await create(setting.world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'end' } });
});
