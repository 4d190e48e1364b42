import { messageOf } from '../core/failures.ts';
import { parseYaml } from '../core/yaml.ts';
import type { FileTree } from '../ports.ts';
import type { BuildImage, BuildSpec } from './build-spec.ts';
import { KUSTOMIZATION_FIELDS } from './fields.ts';
import {
  directoriesOf,
  isLocalRelativePath,
  joinInside,
  joinPath,
  KUSTOMIZATION_FILES,
  secureJoin,
} from './paths.ts';
import { scanManifests } from './scan.ts';
import { type Json, shapeObject } from './shape.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** The tree to build and the directory in it, or why there is none. */
export type Generated =
  | { readonly ok: true; readonly tree: FileTree; readonly path: string }
  | { readonly ok: false; readonly reason: 'ArtifactFailed' | 'BuildFailed'; readonly message: string };

type Kustomization = { [field: string]: Json };

const EMPTY = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };

/** `tree` with the kustomization that Flux writes before it builds: the one at `spec.path`, else a generated one, with the spec's edits (KS-20..28, KS-31). */
export async function generate(tree: FileTree, spec: BuildSpec, budget: YamlBudget): Promise<Generated> {
  const path = secureJoin(spec.path ?? './');
  if (tree.has(path)) return failed('BuildFailed', `open ${path}/kustomization.yaml: not a directory`);
  const directories = directoriesOf(tree);
  if (!directories.has(path)) {
    const message = `kustomization path not found: stat ${path}: no such file or directory`;
    return failed('ArtifactFailed', message);
  }
  const existing = KUSTOMIZATION_FILES.find((name) => tree.has(joinPath(path, name)));
  const file = joinPath(path, existing ?? KUSTOMIZATION_FILES[0]);
  try {
    const kustomization = await (existing
      ? readExisting(tree.get(file) as Uint8Array, file, budget)
      : scanned(tree, path, budget));
    const exists = (component: string) => {
      const target = joinInside(path, component);
      return target !== undefined && (tree.has(target) || directories.has(target));
    };
    edit(kustomization, spec, exists);
    const text = `${JSON.stringify(kustomization, null, 2)}\n`;
    return { ok: true, path, tree: new Map([...tree, [file, new TextEncoder().encode(text)]]) };
  } catch (error) {
    budget.signal.throwIfAborted();
    return failed('BuildFailed', messageOf(error));
  }
}

function failed(reason: 'ArtifactFailed' | 'BuildFailed', message: string): Generated {
  return { ok: false, reason, message };
}

/** Unknown fields vanish, since Flux decodes into kustomize's type and writes that (it does so for this file alone). */
async function readExisting(bytes: Uint8Array, file: string, budget: YamlBudget): Promise<Kustomization> {
  await budget.spend(bytes.length, file);
  const kustomization: Kustomization = {
    ...EMPTY,
    ...(await shapeObject(parseYaml(new TextDecoder().decode(bytes)), KUSTOMIZATION_FIELDS, '', {
      coerce: true,
      unknown: () => undefined,
      refused: (at, why) => {
        throw new Error(`kustomize build failed: ${at}: ${why}`);
      },
      mismatch: (at, wanted, value) => {
        const got = Array.isArray(value) ? 'array' : typeof value;
        throw new Error(
          `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${got} into Go struct field Kustomization.${at} of type ${wanted}`,
        );
      },
      visit: async (_role, text) => text,
    })),
  };
  // So that kustomize does not call it empty (KS-23).
  if (listOf(kustomization.resources).length === 0) kustomization.buildMetadata = ['originAnnotations'];
  return kustomization;
}

async function scanned(tree: FileTree, path: string, budget: YamlBudget): Promise<Kustomization> {
  const scan = await scanManifests(tree, path, budget);
  if (!scan.ok) throw new Error(scan.message);
  const some = scan.resources.length > 0;
  return { ...EMPTY, ...(some ? { resources: scan.resources } : { namespace: '_placeholder' }) };
}

function edit(kustomization: Kustomization, spec: BuildSpec, exists: (component: string) => boolean): void {
  if (spec.targetNamespace) kustomization.namespace = spec.targetNamespace;
  if (spec.namePrefix) kustomization.namePrefix = spec.namePrefix;
  if (spec.nameSuffix) kustomization.nameSuffix = spec.nameSuffix;
  append(
    kustomization,
    'patches',
    (spec.patches ?? []).map(({ patch, target }) =>
      defined({ patch, target: target && defined({ ...target }) }),
    ),
  );
  append(kustomization, 'components', componentsOf(spec, exists));
  const images = mergeImages(
    listOf(kustomization.images) as unknown as readonly BuildImage[],
    spec.images ?? [],
  );
  if (images.length > 0) kustomization.images = images.map((image) => defined({ ...image }));
  if (spec.buildMetadata && spec.buildMetadata.length > 0)
    kustomization.buildMetadata = [...spec.buildMetadata];
}

function componentsOf(spec: BuildSpec, exists: (component: string) => boolean): readonly string[] {
  const components = spec.components ?? [];
  const remote = components.find((component) => !isLocalRelativePath(component));
  if (remote !== undefined) throw new Error(`component path '${remote}' must be local and relative`);
  return components.filter((component) => exists(component) || !spec.ignoreMissingComponents);
}

/** By name: a new name replaces the name alone; tag and digest are one thing, so that setting one clears the other (KS-27). */
export function mergeImages(
  existing: readonly BuildImage[],
  overrides: readonly BuildImage[],
): readonly BuildImage[] {
  const images = [...existing];
  for (const { name, newName, newTag, digest } of overrides) {
    const at = images.findIndex((image) => image.name === name);
    const old = images[at];
    if (!old) images.push({ name, newName, newTag, digest });
    else {
      const version = newTag || digest ? { newTag, digest } : {};
      images[at] = { ...old, ...(newName ? { newName } : {}), ...version };
    }
  }
  return images;
}

function append(kustomization: Kustomization, field: string, items: readonly Json[]): void {
  if (items.length > 0) kustomization[field] = [...listOf(kustomization[field]), ...items];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Without what is undefined or empty, as Go's `omitempty` writes it. */
function defined(object: Readonly<Record<string, Json | undefined>>): Json {
  return Object.fromEntries(
    Object.entries(object).filter(
      (entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
