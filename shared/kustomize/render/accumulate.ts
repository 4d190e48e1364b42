import type { FileTree } from '../../ports.ts';
import { joinInside, joinPath, KUSTOMIZATION_FILES } from '../paths.ts';
import { type Configuration, DEFAULTS, mergeConfiguration, readConfiguration } from './configuration.ts';
import { runGenerator } from './generators.ts';
import { checkHandled } from './handled.ts';
import { spend } from './meter.ts';
import { refuse } from './node.ts';
import { joined, originOfField, originOfFile } from './origin.ts';
import { checkNotes, type Patch, type ReadPatch, readMergePatches, readPatch } from './patches.ts';
import { readNodes } from './read.ts';
import type { Kustomization, Notes, Patches, Rendering, Standing } from './rendering.ts';
import { readReplacements } from './replacement-files.ts';
import { currentId, idKey, type Resource, toResource } from './resource.ts';
import { transform } from './transform.ts';

/** How a directory is used: the outermost may be either kind. */
type Use = 'build' | 'resource' | 'component';

/** What a directory comes to. */
export interface Accumulated {
  readonly resources: Resource[];
  readonly kustomization: Kustomization;
  readonly configuration: Configuration;
}

/** What a component works on: what its user has gathered so far. */
interface Gathered {
  readonly resources: Resource[];
  readonly configuration: Configuration | undefined;
}

/** Builds the kustomization of a directory; a component works on what its user has gathered so far (api v0.21.1, internal/target). Fault `unsupported`. */
export async function accumulate(
  rendering: Rendering,
  path: string,
  directory = '',
  use: Use = 'build',
  gathered: Gathered = { resources: [], configuration: undefined },
): Promise<Accumulated> {
  const { kustomization, file } = kustomizationAt(rendering.tree, path, use);
  const standing = { directory, file };
  const { resources } = gathered;
  const below = await addResources(rendering, kustomization, { path, directory }, gathered);
  const own = await configurationOf(rendering, kustomization, path);
  let configuration = mergeConfiguration(below, own);
  generateAll(rendering, kustomization, path, standing, resources);
  for (const component of kustomization.components ?? []) {
    const place = joined(directory, component);
    const so = { resources, configuration };
    const added = await accumulate(rendering, inside(path, component), place, 'component', so);
    configuration = mergeConfiguration(undefined, added.configuration);
    checkUnique(rendering, resources);
  }
  const patches = await readPatches(rendering, kustomization, path);
  transform({ rendering, kustomization, patches, configuration, standing }, resources);
  return { resources, kustomization, configuration };
}

function generateAll(
  rendering: Rendering,
  { configMapGenerator = [], secretGenerator = [], generatorOptions }: Kustomization,
  path: string,
  { directory, file }: Standing,
  resources: Resource[],
): void {
  const from = { tree: rendering.tree, path };
  for (const [kind, generators] of [
    ['ConfigMap', configMapGenerator],
    ['Secret', secretGenerator],
  ] as const) {
    for (const generator of generators) {
      spend(rendering, 10 + resources.length);
      const made = runGenerator(resources, kind, generator, generatorOptions, from);
      if (rendering.notes.origin) made.origin ??= originOfField(joined(directory, file), `${kind}Generator`);
    }
  }
}

/** What the files of `configurations` say, on top of the defaults. */
async function configurationOf(
  rendering: Rendering,
  { configurations = [] }: Kustomization,
  path: string,
): Promise<Configuration> {
  let loaded: Configuration | undefined;
  for (const text of configurations) {
    const bytes = rendering.tree.get(inside(path, text)) ?? refuse(`${text}, which is not there`);
    await rendering.budget.spend(bytes.length, text);
    loaded = mergeConfiguration(loaded, await readConfiguration(bytes));
    spend(rendering, 1000);
  }
  return loaded ? mergeConfiguration(DEFAULTS, loaded) : DEFAULTS;
}

const VERSIONS: Readonly<Record<string, string>> = {
  Kustomization: 'kustomize.config.k8s.io/v1beta1',
  Component: 'kustomize.config.k8s.io/v1alpha1',
};

/** What the outermost kustomization wants to be noted. Fault `unsupported`. */
export function notesOf(tree: FileTree, path: string): Notes {
  const { buildMetadata = [] } = kustomizationAt(tree, path, 'build').kustomization;
  for (const option of buildMetadata) {
    if (option !== 'originAnnotations' && option !== 'transformerAnnotations')
      refuse(`buildMetadata ${option}`);
  }
  return {
    origin: buildMetadata.length > 0,
    transformations: buildMetadata.includes('transformerAnnotations'),
  };
}

function kustomizationAt(
  tree: FileTree,
  path: string,
  use: Use,
): { readonly kustomization: Kustomization; readonly file: string } {
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
  return { kustomization, file: name };
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
  { path, directory }: { readonly path: string; readonly directory: string },
  { resources, configuration: before }: Gathered,
): Promise<Configuration | undefined> {
  const ids = new Set(resources.map((resource) => idKey(currentId(resource))));
  spend(rendering, resources.length);
  let configuration = before;
  for (const text of [...listed, ...bases]) {
    const found = await resourcesAt(rendering, inside(path, text), joined(directory, text));
    if (found.configuration) configuration = mergeConfiguration(configuration, found.configuration);
    for (const resource of found.resources) {
      spend(rendering, 1);
      const id = idKey(currentId(resource));
      if (ids.has(id)) refuse(`${id}, which is there twice`);
      ids.add(id);
      resources.push(resource);
    }
  }
  return configuration;
}

async function resourcesAt(
  rendering: Rendering,
  path: string,
  place: string,
): Promise<{ readonly resources: readonly Resource[]; readonly configuration?: Configuration }> {
  const bytes = rendering.tree.get(path);
  if (bytes === undefined) return accumulate(rendering, path, place, 'resource');
  await rendering.budget.spend(bytes.length, path);
  const resources = readNodes(bytes, path).map(toResource);
  if (rendering.notes.origin) for (const resource of resources) resource.origin = originOfFile(place);
  return { resources };
}

function checkUnique(rendering: Rendering, resources: readonly Resource[]): void {
  spend(rendering, resources.length);
  const ids = new Set(resources.map((resource) => idKey(currentId(resource))));
  if (ids.size < resources.length) refuse('a component that makes two objects one');
}

async function readPatches(
  rendering: Rendering,
  { patches = [], patchesStrategicMerge = [], patchesJson6902 = [], replacements = [] }: Kustomization,
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
  if (rendering.notes.origin) [...any, ...json].forEach(checkNotes);
  return { strategic, any, json, replacements: await readReplacements(rendering, replacements, path) };
}
