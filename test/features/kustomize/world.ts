import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kustomizeExec } from '../../../shared/adapters/exec/kustomize.ts';
import { findKustomize } from '../../../shared/adapters/exec/kustomize-binary.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { isFault } from '../../../shared/core/failures.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { build } from '../../../shared/kustomize/build.ts';
import type { BuildSpec } from '../../../shared/kustomize/build-spec.ts';
import { generate } from '../../../shared/kustomize/generate.ts';
import { type Rendered, render } from '../../../shared/kustomize/render/render.ts';
import { type Walked, walk } from '../../../shared/kustomize/walk.ts';
import { type YamlBudget, yamlBudget } from '../../../shared/kustomize/yaml-budget.ts';
import type { Exec, FileTree } from '../../../shared/ports.ts';

export const OPTIONS = {
  cacheDirectory: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'tools'),
  searchPath: process.env.PATH ?? '',
  platform: `${process.platform}-${process.arch}`,
};

export const exec: Exec = kustomizeExec(OPTIONS);

const missing = await findKustomize(OPTIONS).then(
  () => undefined,
  (error: unknown) => {
    if (isFault(error, 'unsupported')) return error.message;
    throw error;
  },
);

/** A suite that needs the real kustomize: without one it is left out and says so, in CI it fails. */
export function describeWithKustomize(name: string, suite: () => void): void {
  if (missing === undefined) describe(name, suite);
  else if (process.env.CI === 'true') {
    it(name, () => {
      throw new Error(missing);
    });
  } else {
    console.warn(`left out: ${name}: ${missing}`);
    describe.skip(name, suite);
  }
}

export function treeOf(files: Readonly<Record<string, string>>): FileTree {
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

export function textAt(tree: FileTree, path: string): string {
  return new TextDecoder().decode(tree.get(path));
}

export const OWNER = {
  name: 'apps',
  namespace: 'flux-system',
  group: 'kustomize.toolkit.fluxcd.io',
} as const;

/** What the renderer makes of a walked tree, with whole budgets. */
export function rendered(tree: FileTree, path: string): Promise<Rendered> {
  return render(tree, path, { read: budget(), print: budget() });
}

/** Fails when the renderer handles a build and prints anything else than the real kustomize. */
async function expectSameBothWays(files: Readonly<Record<string, string>>, spec: BuildSpec): Promise<void> {
  const generated = await generate(treeOf(files), spec, budget());
  if (!generated.ok) return;
  const { tree, violations } = await walked(generated.tree, generated.path);
  if (violations.length > 0) return;
  const ours = await rendered(tree, generated.path);
  if (!ours.handled) return;
  const theirs = await exec.kustomize(tree, generated.path, AbortSignal.timeout(20_000));
  expect(ours.documents.map(({ text }) => text).join('---\n')).toBe(theirs);
}

/** Builds as Sluice does, in-process where it can be and then also by the real kustomize, which must print the same. */
export async function buildReal(
  files: Readonly<Record<string, string>>,
  spec: BuildSpec = {},
  variables: Readonly<Record<string, string>> = {},
): ReturnType<typeof build> {
  await expectSameBothWays(files, spec);
  return build({
    tree: treeOf(files),
    spec,
    owner: OWNER,
    variables: new Map(Object.entries(variables)),
    exec,
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
  });
}

/** The objects of a build that must succeed. */
export async function objectsOfBuild(
  ...request: Parameters<typeof buildReal>
): Promise<readonly KubernetesObject[]> {
  const built = await buildReal(...request);
  if (!built.ok) throw new Error(built.message);
  return built.objects;
}

/** The message of a build that must fail. */
export async function failureOfBuild(...request: Parameters<typeof buildReal>): Promise<string> {
  const built = await buildReal(...request);
  if (built.ok) throw new Error(`built ${built.objects.length} objects`);
  return `${built.reason}: ${built.message}`;
}

/** As a build has it at its start. */
export function budget(): YamlBudget {
  return yamlBudget(systemClock, new AbortController().signal);
}

/** What the walk finds with a whole budget. */
export function walked(tree: FileTree, path: string): Promise<Walked> {
  return walk(tree, path, budget());
}

/** What only the real kustomize handles, so that a build asks for it. */
export const LEFT_TO_KUSTOMIZE = { buildMetadata: ['managedByLabel'] } as const;

/** Builds on a kustomize that answers `yaml` and looks at nothing. */
export function execOf(yaml: string): Exec {
  return { kustomize: () => Promise.resolve(yaml) };
}

export function configMap(name: string, rest = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;
}

export function deployment(name: string, image = 'nginx'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: main
          image: ${image}
`;
}
