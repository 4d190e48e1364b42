import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import { MAX_BUILD_YAML_CHARACTERS } from '../../../shared/core/yaml.ts';
import { type Built, build } from '../../../shared/kustomize/build.ts';
import type { Clock, Exec } from '../../../shared/ports.ts';
import { configMap, execOf, LEFT_TO_KUSTOMIZE, OWNER, treeOf } from './world.ts';

const MIB = 1024 * 1024;
const SPLIT = `more than ${MAX_BUILD_YAML_CHARACTERS} characters of YAML in one build`;

interface Work {
  readonly files?: Readonly<Record<string, string>>;
  readonly output?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A ConfigMap of about that many characters. */
function large(name: string, characters: number): string {
  return configMap(name, `data:\n  a: ${'x'.repeat(characters)}\n`);
}

function filesOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text, index) => [`${index}.yaml`, text]));
}

function built(
  work: Work,
  clock: Pick<Clock, 'sleep'> = counting().clock,
  exec = execOf(work.output ?? ''),
): Promise<Built> {
  return build({
    tree: treeOf(work.files ?? {}),
    spec: { postBuild: {}, ...LEFT_TO_KUSTOMIZE },
    owner: OWNER,
    variables: new Map(Object.entries(work.variables ?? {})),
    exec,
    clock,
    signal: work.signal ?? new AbortController().signal,
  });
}

/** A clock whose sleeps are over at once, and how many there were. */
function counting(onSleep: (sleeps: number) => void = () => undefined) {
  const seen = { sleeps: 0 };
  const sleep: Clock['sleep'] = async (_milliseconds, signal) => {
    seen.sleeps += 1;
    onSleep(seen.sleeps);
    signal?.throwIfAborted();
  };
  return { clock: { sleep }, seen };
}

const three = ['a', 'b', 'c'].map((name) => large(name, 6 * MIB));
const eight = Array.from({ length: 8 }, (_, index) => large(`c${index}`, 60 * 1024));

/** A chain of kustomizations, each with a comment before it. */
function chain(length: number, characters: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length }, (_, index) => {
      const next = index + 1 < length ? `resources: [../k${index + 1}]\n` : 'namePrefix: x-\n';
      const at = index === 0 ? 'kustomization.yaml' : `k${index}/kustomization.yaml`;
      return [at, `# ${'x'.repeat(characters)}\n${index === 0 ? next.replace('../', '') : next}`];
    }),
  );
}

const plugins = {
  'kustomization.yaml': 'resources: [k0, k1, k2]\n',
  'plugin.yaml': `# ${'x'.repeat(6 * MIB)}\n{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: p}, prefix: a-}\n`,
  ...Object.fromEntries(
    [0, 1, 2].map((index) => [`k${index}/kustomization.yaml`, 'transformers: [../plugin.yaml]\n']),
  ),
};

describe('the YAML of one build', () => {
  it.each<[string, Work, string]>([
    ['in files without a kustomization', { files: filesOf(three) }, '2.yaml'],
    ['in kustomizations', { files: chain(3, 6 * MIB) }, 'k2/kustomization.yaml'],
    ['in configuration that is read again for each mention', { files: plugins }, 'plugin.yaml'],
    ['in what kustomize printed', { output: three.join('---\n') }, 'resource 3 of what was built'],
    [
      'after substitution',
      {
        output: Array.from({ length: 17 }, (_, index) => configMap(`c${index}`, 'data: {a: "${v}"}\n')).join(
          '---\n',
        ),
        variables: { v: 'x'.repeat(MIB) },
      },
      'ConfigMap.v1.[noGrp]/c15',
    ],
  ])('has a limit %s', async (_, work, place) => {
    expect(await built(work)).toEqual({
      ok: false,
      reason: 'BuildFailed',
      message: expect.stringContaining(
        `${SPLIT} (reached at ${place}): split it into several Kustomizations`,
      ),
    });
  });

  it.each<[string, Work, number]>([
    ['files', { files: filesOf(eight) }, 7],
    ['kustomizations', { files: chain(8, 60 * 1024) }, 7],
    ['resources', { output: eight.join('---\n') }, 7],
    [
      'substituted resources',
      {
        output: Array.from({ length: 8 }, (_, index) => configMap(`c${index}`, 'data: {a: "${v}"}\n')).join(
          '---\n',
        ),
        variables: { v: 'x'.repeat(60 * 1024) },
      },
      7,
    ],
  ])('lets others have their turn between %s', async (_, work, turns) => {
    const { clock, seen } = counting();

    expect(await built(work, clock)).toMatchObject({ ok: true });

    expect(seen.sleeps).toBe(turns);
  });

  it('is read in one go when there is little of it', async () => {
    const { clock, seen } = counting();

    expect(await built({ files: filesOf([configMap('a'), configMap('b')]) }, clock)).toMatchObject({
      ok: true,
    });

    expect(seen.sleeps).toBe(0);
  });

  it('that kustomize cannot print is to be split', async () => {
    const tooLarge = new Fault('too-large', 'output exceeds 16 bytes');
    const exec: Exec = { kustomize: () => Promise.reject(tooLarge) };

    expect(await built({}, counting().clock, exec)).toMatchObject({
      reason: 'BuildFailed',
      message: 'kustomize build failed: output exceeds 16 bytes: split it into several Kustomizations',
    });
  });

  it.each<[string, Work]>([
    ['files', { files: filesOf(eight) }],
    ['kustomizations', { files: chain(8, 60 * 1024) }],
    ['resources', { output: eight.join('---\n') }],
  ])('is left in the middle of its %s when the time is up', async (_, work) => {
    const controller = new AbortController();
    const over = new Error('over');
    const { clock, seen } = counting((sleeps) => sleeps === 3 && controller.abort(over));

    await expect(built({ ...work, signal: controller.signal }, clock)).rejects.toBe(over);

    expect(seen.sleeps).toBe(3);
  });
});
