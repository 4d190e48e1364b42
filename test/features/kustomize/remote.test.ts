import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { build } from '../../../shared/kustomize/build.ts';
import type { Repository } from '../../../shared/kustomize/remote/address.ts';
import { remoteOf } from '../../../shared/kustomize/remote/address.ts';
import { MAX_REMOTES, type Remotes } from '../../../shared/kustomize/remote/remotes.ts';
import { configMap, exec, OWNER, treeOf } from './world.ts';

const RAW = 'https://example.com/raw';
const BASE = 'https://github.com/org/repo//base?ref=v1';

/** Hands out files by URL and repositories by URL and ref, and remembers what it was asked for. */
class FakeRemotes implements Remotes {
  readonly asked: string[] = [];
  readonly files: Readonly<Record<string, string>>;
  readonly repositories: Readonly<Record<string, Readonly<Record<string, string>>>>;

  constructor(files: FakeRemotes['files'], repositories: FakeRemotes['repositories'] = {}) {
    this.files = files;
    this.repositories = repositories;
  }

  async file(url: string): Promise<Uint8Array> {
    this.asked.push(url);
    const text = this.files[url];
    if (text === undefined) throw new Fault('egress-denied', 'address 10.0.0.1 is private');
    return new TextEncoder().encode(text);
  }

  async repository({ url, ref }: Repository) {
    this.asked.push(`${url} ${ref}`);
    return treeOf(this.repositories[`${url} ${ref}`] ?? {});
  }
}

async function builtWith(remotes: Remotes, files: Readonly<Record<string, string>>) {
  const built = await build({
    tree: treeOf(files),
    spec: {},
    owner: OWNER,
    variables: new Map(),
    exec,
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
    remotes,
  });
  return built.ok ? built.objects.map(({ metadata }) => metadata.name) : built.message;
}

describe('[KS-29 remote] what is outside of the source', () => {
  it('is fetched once and built like a file of it', async () => {
    const remotes = new FakeRemotes({ [`${RAW}/a.yaml`]: configMap('a') });

    const names = await builtWith(remotes, {
      'kustomization.yaml': `resources: [${RAW}/a.yaml, two]\n`,
      'two/kustomization.yaml': `resources: [${RAW}/a.yaml]\nnamePrefix: two-\n`,
    });

    expect(names).toEqual(['a', 'two-a']);
    expect(remotes.asked).toEqual([`${RAW}/a.yaml`]);
  });

  it('can be a repository whose bases name others', async () => {
    const repositories = {
      'https://github.com/org/repo v1': {
        'base/kustomization.yaml': 'resources: [../more, github.com/org/other?ref=main]\n',
        'more/kustomization.yaml': 'resources: [m.yaml]\n',
        'more/m.yaml': configMap('more'),
      },
      'https://github.com/org/other main': {
        'kustomization.yaml': 'resources: [o.yaml]\n',
        'o.yaml': configMap('other'),
      },
    };

    const names = await builtWith(new FakeRemotes({}, repositories), {
      'apps/kustomization.yaml': `resources: ["${BASE}"]\nnamePrefix: x-\n`,
      'kustomization.yaml': 'resources: [apps]\n',
    });

    expect(names).toEqual(['x-more', 'x-other']);
  });

  it('can be the file of a patch, a generator, a configuration', async () => {
    const remotes = new FakeRemotes({
      [`${RAW}/p.yaml`]: `${configMap('a')}data: {p: "1"}\n`,
      [`${RAW}/f.txt`]: 'text',
      [`${RAW}/c.yaml`]: 'images: [{path: spec/image, kind: Widget}]\n',
    });

    const names = await builtWith(remotes, {
      'kustomization.yaml': `resources: [a.yaml]
patches: [{path: "${RAW}/p.yaml"}]
configurations: ["${RAW}/c.yaml"]
configMapGenerator:
- {name: g, files: ["${RAW}/f.txt", "k=${RAW}/f.txt"], options: {disableNameSuffixHash: true}}
`,
      'a.yaml': configMap('a'),
    });

    expect(names).toEqual(['a', 'g']);
    expect([...remotes.asked].sort()).toEqual([`${RAW}/c.yaml`, `${RAW}/f.txt`, `${RAW}/p.yaml`]);
  });

  it('may not reach into the source', async () => {
    const repositories = {
      'https://github.com/org/repo v1': {
        'base/kustomization.yaml': 'resources: [../../../secret.yaml, ../../../../secret.yaml]\n',
      },
    };

    const message = await builtWith(new FakeRemotes({}, repositories), {
      'kustomization.yaml': `resources: ["${BASE}"]\n`,
      'secret.yaml': configMap('secret'),
    });

    expect(message).toMatch(/leads out of the remote repository.*leads out of the remote repository/);
  });

  it('that names itself is a cycle', async () => {
    const repositories = {
      'https://github.com/org/repo v1': { 'base/kustomization.yaml': `resources: ["${BASE}"]\n` },
    };

    expect(
      await builtWith(new FakeRemotes({}, repositories), {
        'kustomization.yaml': `resources: ["${BASE}"]\n`,
      }),
    ).toMatch(/cycle detected/);
  });

  it('that cannot be had fails the build, without what may be a token', async () => {
    const message = await builtWith(new FakeRemotes({}), {
      'kustomization.yaml': `resources: ["${RAW}/a.yaml?token=hidden"]\n`,
    });

    expect(message).toContain("remote 'https://example.com/raw/a.yaml?…': address 10.0.0.1 is private");
    expect(message).not.toContain('hidden');
  });

  it('is limited in number', async () => {
    const urls = Array.from({ length: MAX_REMOTES + 1 }, (_, at) => `${RAW}/${at}.yaml`);
    const remotes = new FakeRemotes(Object.fromEntries(urls.map((url, at) => [url, configMap(`c${at}`)])));

    const message = await builtWith(remotes, { 'kustomization.yaml': `resources: [${urls.join(', ')}]\n` });

    expect(message).toContain(`more than ${MAX_REMOTES} remote files and repositories`);
    expect(remotes.asked).toHaveLength(MAX_REMOTES);
  });

  it('is no plugin configuration', async () => {
    const message = await builtWith(new FakeRemotes({ [`${RAW}/t.yaml`]: '' }), {
      'kustomization.yaml': `resources: []\ntransformers: ["${RAW}/t.yaml"]\n`,
    });

    expect(message).toContain(`remote '${RAW}/t.yaml' is not allowed`);
  });
});

describe('a remote address', () => {
  it.each([
    ['https://github.com/org/repo//a/b?ref=v1', 'https://github.com/org/repo', 'a/b', 'v1'],
    ['https://github.com/org/repo/a?version=v2', 'https://github.com/org/repo', 'a', 'v2'],
    ['github.com/org/repo', 'https://github.com/org/repo', '', undefined],
    ['git::https://git.example.com/x/y/z.git//a', 'https://git.example.com/x/y/z.git', 'a', undefined],
    ['https://git.example.com/x/y.git/a/?ref=main', 'https://git.example.com/x/y.git', 'a', 'main'],
    ['gh:org/repo', 'https://github.com/org/repo', '', undefined],
  ])('%s is a directory of a repository', (text, url, path, ref) => {
    expect(remoteOf(text, true)).toMatchObject({
      kind: 'repository',
      path,
      repository: { url, ...(ref && { ref }) },
    });
  });

  it('bounds the time that it asks for', () => {
    expect(remoteOf('https://github.com/o/r?timeout=9999', true)).toMatchObject({
      repository: { milliseconds: 60_000 },
    });
  });

  it.each([
    'git@github.com:org/repo',
    'ssh://git@github.com/org/repo',
    'https://user:secret@github.com/org/repo',
    'https://github.com/org/repo?ref=--upload-pack=x',
    'git::file:///etc',
    'git::https://',
    'https://example.com/\u0000.yaml',
  ])('%j is refused', (text) => {
    expect(remoteOf(text, true)).toMatchObject({ kind: 'refused' });
  });
});
