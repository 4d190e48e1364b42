import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { build } from '../../../shared/kustomize/build.ts';
import type { BuildDecryptor } from '../../../shared/kustomize/encrypted-files.ts';
import { configMap, exec, OWNER, treeOf } from './world.ts';

/** Takes `ENC:` away, and remembers what it was asked about. */
function decryptor() {
  const asked: string[] = [];
  const fake: BuildDecryptor = {
    async file(bytes, name, use) {
      const text = Buffer.from(bytes).toString();
      asked.push(`${use} ${name}`);
      if (text === 'ENC:broken') throw new Fault('unauthorized', 'no key');
      return text.startsWith('ENC:') ? Buffer.from(text.slice(4)) : undefined;
    },
    async resource(object) {
      const { data } = object as { data?: Readonly<Record<string, string>> };
      return data?.sealed === undefined ? undefined : { ...object, data: { open: data.sealed } };
    },
  };
  return { asked, fake };
}

async function built(files: Readonly<Record<string, string>>, spec: object = {}, variables = {}) {
  const { asked, fake } = decryptor();
  const result = await build({
    tree: treeOf(files),
    spec,
    owner: OWNER,
    variables: new Map(Object.entries(variables)),
    exec,
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
    decryptor: fake,
  });
  return { asked, result };
}

/** The decoded data of the Secret whose name begins so. */
async function secretOf(files: Readonly<Record<string, string>>, name: string, spec: object = {}) {
  const { asked, result } = await built(files, spec);
  if (!result.ok) throw new Error(result.message);
  const found = result.objects.find(({ metadata }) => metadata.name.startsWith(name));
  const { data = {} } = (found ?? {}) as { data?: Readonly<Record<string, string>> };
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
  return { asked, data: Object.fromEntries(decoded) as Readonly<Record<string, string>> };
}

const json = JSON.stringify;

describe('[KS-52 sources] files of generators of Secrets', () => {
  test('are decrypted by the format of their key, variables by that of their file', async () => {
    const { asked, data } = await secretOf(
      {
        'kustomization.yaml': json({
          secretGenerator: [
            {
              name: 's',
              files: ['a.json', 'b.ini=deep/file.txt', '.dockerconfigjson=c'],
              envs: ['v', 'w.yaml'],
            },
          ],
        }),
        'a.json': 'ENC:{}',
        'deep/file.txt': 'ENC:[x]',
        c: 'as it is',
        v: 'ENC:A=1',
        'w.yaml': 'B=2',
      },
      's-',
    );

    expect(asked).toEqual(['file a.json', 'file b.ini', 'file .dockerconfigjson', 'env v', 'env w.yaml']);
    expect(data).toEqual({ 'a.json': '{}', 'b.ini': '[x]', '.dockerconfigjson': 'as it is', A: '1', B: '2' });
  });

  test('the name of the Secret is made of the plain text', async () => {
    const files = (text: string) => ({
      'kustomization.yaml': json({ secretGenerator: [{ name: 's', files: ['a'] }] }),
      a: text,
    });
    const nameOf = async (text: string) => {
      const { result } = await built(files(text));
      return result.ok ? result.objects[0]?.metadata.name : result.message;
    };

    expect(await nameOf('ENC:x')).toBe(await nameOf('x'));
    expect(await nameOf('ENC:y')).not.toBe(await nameOf('x'));
  });

  test('are found in resources and components, each once, and through kustomizations of any name', async () => {
    const generator = json({ secretGenerator: [{ name: 's', files: ['../shared.txt'] }] });
    const { asked, data } = await secretOf(
      {
        'top/kustomization.yml': json({
          resources: ['../base', 'plain.yaml'],
          components: ['../component'],
        }),
        'top/plain.yaml': configMap('plain'),
        'base/Kustomization': generator,
        'component/kustomization.yaml': json({
          apiVersion: 'kustomize.config.k8s.io/v1alpha1',
          kind: 'Component',
          secretGenerator: [{ name: 'c', files: ['../shared.txt', 'own.txt'] }],
        }),
        'component/own.txt': 'ENC:y',
        'shared.txt': 'ENC:x',
      },
      's-',
      { path: 'top' },
    );

    expect(asked).toEqual(['file ../shared.txt', 'file own.txt']);
    expect(data).toEqual({ 'shared.txt': 'x' });
  });
});

describe('[KS-52 sources] patches', () => {
  test('of files are decrypted, inline and remote ones are not looked at', async () => {
    const { asked, result } = await built({
      'kustomization.yaml': json({
        resources: ['a.yaml'],
        patches: [{ path: 'p.yaml' }, { patch: configMap('a', 'data: {inline: "1"}\n') }],
      }),
      'a.yaml': configMap('a'),
      'p.yaml': `ENC:${configMap('a', 'data: {patched: "1"}\n')}`,
    });

    expect(asked).toEqual(['file p.yaml']);
    expect(result).toMatchObject({ ok: true, objects: [{ data: { patched: '1', inline: '1' } }] });
    const remote = await built({
      'kustomization.yaml': json({ patches: [{ path: 'https://example.com/p.yaml' }] }),
    });
    expect(remote.asked).toEqual([]);
    expect(remote.result.ok).toBe(false);
  });
});

test('[KS-52 not-config-maps] files of generators of ConfigMaps stay as they are', async () => {
  const { asked, result } = await built({
    'kustomization.yaml': json({ configMapGenerator: [{ name: 'c', files: ['a'] }] }),
    a: 'ENC:x',
  });

  expect(asked).toEqual([]);
  expect(result).toMatchObject({ ok: true, objects: [{ data: { a: 'ENC:x' } }] });
});

describe('trouble is told as upstream tells it', () => {
  test.each<[string, Readonly<Record<string, string>>, object?]>([
    [
      'error decrypting sources: lstat gone: no such file or directory',
      { 'kustomization.yaml': json({ secretGenerator: [{ name: 's', files: ['gone'] }] }) },
    ],
    [
      '[KS-53 bounds] error decrypting sources: lstat etc/passwd: no such file or directory',
      { 'kustomization.yaml': json({ secretGenerator: [{ name: 's', envs: ['/etc/passwd'] }] }) },
    ],
    [
      'error decrypting sources: cannot decrypt irregular file as it has file mode type bits set',
      { 'kustomization.yaml': json({ secretGenerator: [{ name: 's', files: ['d'] }] }), 'd/a': '' },
    ],
    [
      'error decrypting sources: no key',
      { 'kustomization.yaml': json({ patches: [{ path: 'p' }] }), p: 'ENC:broken' },
    ],
    [
      'error decrypting sources: no kustomization file found',
      { 'kustomization.yaml': json({ resources: ['d'] }), 'd/a': '' },
    ],
    [
      'error decrypting sources: found multiple kustomization files',
      {
        'kustomization.yaml': json({ resources: ['d'] }),
        'd/kustomization.yaml': '{}',
        'd/Kustomization': '{}',
      },
    ],
  ])('%s', async (message, files) => {
    const { result } = await built(files);

    expect(result).toEqual({ ok: false, reason: 'BuildFailed', message: message.replace(/^\[.*\] /, '') });
  });
});

test('[KS-56 before-substitution] a resource is decrypted before its variables are replaced', async () => {
  const files = { 'a.yaml': configMap('a', 'data: {sealed: "${name} and ${other:=more}"}\n') };

  const { result } = await built(files, { postBuild: {} }, { name: 'ada' });

  expect(result).toMatchObject({ ok: true, objects: [{ data: { open: 'ada and more' } }] });
});
