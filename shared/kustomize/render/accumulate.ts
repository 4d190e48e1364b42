import type { FileTree } from '../../ports.ts';
import { joinInside, joinPath, KUSTOMIZATION_FILES } from '../paths.ts';
import { runGenerator } from './generators.ts';
import { checkHandled } from './handled.ts';
import { spend } from './meter.ts';
import { refuse } from './node.ts';
import { type Patch, type ReadPatch, readMergePatches, readPatch } from './patches.ts';
import { readNodes } from './read.ts';
import type { Kustomization, Patches, Rendering } from './rendering.ts';
import { currentId, idKey, type Resource, toResource } from './resource.ts';
import { transform } from './transform.ts';

/** How a directory is used: the outermost may be either kind. */
type Use = 'build' | 'resource' | 'component';

/** Builds the kustomization of a directory; a component works on what its user has gathered so far (api v0.21.1, internal/target). Fault `unsupported`. */
export async function accumulate(
  rendering: Rendering,
  path: string,
  use: Use = 'build',
  resources: Resource[] = [],
): Promise<{ resources: Resource[]; kustomization: Kustomization }> {
  const kustomization = kustomizationAt(rendering.tree, path, use);
  const directory = { tree: rendering.tree, path };
  await addResources(rendering, kustomization, path, resources);
  for (const kind of ['ConfigMap', 'Secret'] as const) {
    const generators =
      kind === 'ConfigMap' ? kustomization.configMapGenerator : kustomization.secretGenerator;
    for (const generator of generators ?? []) {
      spend(rendering, 10 + resources.length);
      runGenerator(resources, kind, generator, kustomization.generatorOptions, directory);
    }
  }
  for (const component of kustomization.components ?? []) {
    await accumulate(rendering, inside(path, component), 'component', resources);
    checkUnique(rendering, resources);
  }
  const patches = await readPatches(rendering, kustomization, path);
  transform(rendering, kustomization, patches, resources);
  return { resources, kustomization };
}

const VERSIONS: Readonly<Record<string, string>> = {
  Kustomization: 'kustomize.config.k8s.io/v1beta1',
  Component: 'kustomize.config.k8s.io/v1alpha1',
};

function kustomizationAt(tree: FileTree, path: string, use: Use): Kustomization {
  const names = KUSTOMIZATION_FILES.filter((name) => tree.has(joinPath(path, name)));
  const name = names.length === 1 ? (names[0] as string) : refuse(`the kustomization in ${path || '.'}`);
  const kustomization = fromJson(tree.get(joinPath(path, name)) as Uint8Array);
  checkHandled(kustomization as Readonly<Record<string, unknown>>);
  const { kind = 'Kustomization', apiVersion = VERSIONS[kind] } = kustomization;
  if (apiVersion !== VERSIONS[kind]) refuse(`a ${kind} of ${apiVersion}`);
  if (use !== 'build' && (kind === 'Component') !== (use === 'component')) {
    refuse(`a ${kind} where another kind is expected`);
  }
  if (Object.keys(kustomization).every((field) => field === 'kind' || field === 'apiVersion')) {
    refuse('an empty kustomization');
  }
  return kustomization;
}

/** The walk has written every kustomization as JSON. */
function fromJson(bytes: Uint8Array): Kustomization {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Kustomization;
  } catch {
    // Said below.
  }
  return refuse('a kustomization that was not checked');
}

function inside(path: string, text: string): string {
  return joinInside(path, text) ?? refuse(`the path ${text}`);
}

async function addResources(
  rendering: Rendering,
  { resources: listed = [], bases = [] }: Kustomization,
  path: string,
  resources: Resource[],
): Promise<void> {
  const ids = new Set(resources.map((resource) => idKey(currentId(resource))));
  spend(rendering, resources.length);
  for (const text of [...listed, ...bases]) {
    const target = inside(path, text);
    for (const resource of await resourcesAt(rendering, target)) {
      spend(rendering, 1);
      const id = idKey(currentId(resource));
      if (ids.has(id)) refuse(`${id}, which is there twice`);
      ids.add(id);
      resources.push(resource);
    }
  }
}

async function resourcesAt(rendering: Rendering, path: string): Promise<readonly Resource[]> {
  const bytes = rendering.tree.get(path);
  if (bytes === undefined) return (await accumulate(rendering, path, 'resource')).resources;
  await rendering.budget.spend(bytes.length, path);
  return readNodes(bytes, path).map(toResource);
}

function checkUnique(rendering: Rendering, resources: readonly Resource[]): void {
  spend(rendering, resources.length);
  const ids = new Set(resources.map((resource) => idKey(currentId(resource))));
  if (ids.size < resources.length) refuse('a component that makes two objects one');
}

async function readPatches(
  rendering: Rendering,
  { patches = [], patchesStrategicMerge = [], patchesJson6902 = [] }: Kustomization,
  path: string,
): Promise<Patches> {
  const { tree } = rendering;
  const from = { tree, path };
  const load = async (entry: Patch) => {
    const file = entry.path ? tree.get(inside(path, entry.path)) : undefined;
    await rendering.budget.spend((entry.patch?.length ?? 0) + (file?.length ?? 0), entry.path ?? 'a patch');
  };
  const strategic: ReadPatch[] = [];
  for (const entry of patchesStrategicMerge) {
    await load({ path: entry });
    strategic.push(readMergePatches(entry, from));
  }
  const any: ReadPatch[] = [];
  for (const entry of patches) {
    await load(entry);
    any.push(readPatch(entry, from, false));
  }
  const json: ReadPatch[] = [];
  for (const entry of patchesJson6902) {
    await load(entry);
    json.push(readPatch(entry, from, true));
  }
  return { strategic, any, json };
}
