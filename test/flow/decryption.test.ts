import { beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type AgePair, agePair, encryptedFor, leaks, objectsIn, SECRET_DATA, traces } from './decrypting.ts';
import { edit } from './drive.ts';
import { applierAt, startsIn, told, useWorld } from './setting.ts';

const setting = useWorld('decryption');
const { namespace } = setting;
const synced = startsIn(setting);
const { secret, manifest, read, dataOf } = objectsIn(setting);

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
} as const;

let key: AgePair;
const DECRYPTION = { provider: 'sops', secretRef: { name: 'keys' } };

beforeAll(async () => {
  key = await agePair();
  await secret('keys', { 'main.agekey': key.identity });
});

const encrypted = (format: string, plain: string | Uint8Array, rule = '') =>
  encryptedFor(key, format, plain, rule);

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
    const left = await traces(setting);
    expect(leaks(left, [...Object.values(PLAIN), key.identity])).toEqual([]);
    // The search reads packed artifacts: it would see a value.
    expect(Object.values(left).some((text) => text.includes(key.recipient))).toBe(true);
    await edit(setting.world, applierAt(setting, name), { spec: { suspend: true } });
  });
});
