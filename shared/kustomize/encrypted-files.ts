import { Fault, isFault, messageOf } from '../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from '../core/yaml.ts';
import type { FileTree } from '../ports.ts';
import { directoriesOf, joinPath, KUSTOMIZATION_FILES, secureJoin } from './paths.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** Decrypts what it recognises as encrypted. Faults have messages that tell no value. */
export interface BuildDecryptor {
  /** The plain file; undefined when it is not encrypted. `name` and `use` tell its format. */
  file(bytes: Uint8Array, name: string, use: 'file' | 'env'): Promise<Uint8Array | undefined>;
  /** The plain resource; undefined when nothing in it is encrypted. */
  resource(object: YamlMap): Promise<YamlMap | undefined>;
}

interface Search {
  readonly tree: Map<string, Uint8Array>;
  readonly directories: ReadonlySet<string>;
  readonly decryptor: BuildDecryptor;
  readonly budget: YamlBudget;
  readonly visited: Set<string>;
  readonly files: Set<string>;
  decrypted: boolean;
}

/** The tree with the files in plain text that generators of Secrets and patches name, in the kustomization at `path` and in all local ones that it builds on (KS-52). Fault in upstream's words. */
export async function decryptFiles(
  tree: FileTree,
  path: string,
  decryptor: BuildDecryptor,
  budget: YamlBudget,
): Promise<FileTree> {
  const search: Search = {
    ...{ tree: new Map(tree), directories: directoriesOf(tree), decryptor, budget },
    ...{ visited: new Set(), files: new Set(), decrypted: false },
  };
  try {
    await visit(path, search);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `error decrypting sources: ${messageOf(error)}`, error.data, error);
  }
  return search.decrypted ? search.tree : tree;
}

async function visit(path: string, search: Search): Promise<void> {
  const directory = secureJoin(path);
  if (search.visited.has(directory)) return;
  search.visited.add(directory);
  // A file, a URL, or nothing: the build tells.
  if (!search.directories.has(directory)) return;
  const kustomization = await load(directory, search);
  for (const [name, file, use] of namedFiles(kustomization)) {
    await decrypt(secureJoin(file.startsWith('/') ? file : joinPath(directory, file)), name, use, search);
  }
  for (const resource of [...texts(kustomization.resources), ...texts(kustomization.components)])
    await visit(resource.startsWith('/') ? resource : joinPath(directory, resource), search);
}

async function load(directory: string, { tree, budget }: Search): Promise<YamlMap> {
  const found = KUSTOMIZATION_FILES.map((name) => joinPath(directory, name)).filter((file) => tree.has(file));
  const [file] = found;
  if (file === undefined) throw new Fault('invalid', 'no kustomization file found');
  if (found.length > 1) throw new Fault('invalid', 'found multiple kustomization files');
  const bytes = tree.get(file) as Uint8Array;
  await budget.spend(bytes.length, file);
  const kustomization = parseYaml(new TextDecoder().decode(bytes));
  return isYamlMap(kustomization) ? kustomization : {};
}

type Named = readonly [name: string, file: string, use: 'file' | 'env'];

/** A file of a generator is decrypted by the format of its key, a patch and variables by their own names. */
function namedFiles({ secretGenerator, patches }: YamlMap): readonly Named[] {
  return [
    ...maps(secretGenerator).flatMap(({ files, envs }): readonly Named[] => [
      ...texts(files).map((source): Named => {
        const equals = source.indexOf('=');
        return equals < 0
          ? [source, source, 'file']
          : [source.slice(0, equals), source.slice(equals + 1), 'file'];
      }),
      ...texts(envs).map((file): Named => [file, file, 'env']),
    ]),
    ...maps(patches)
      .flatMap(({ path }) => texts([path ?? null]))
      .filter((path) => !isRemote(path))
      .map((path): Named => [path, path, 'file']),
  ];
}

function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(path);
}

async function decrypt(file: string, name: string, use: 'file' | 'env', search: Search): Promise<void> {
  if (search.files.has(file)) return;
  const bytes = search.tree.get(file);
  if (bytes === undefined) {
    const irregular = 'cannot decrypt irregular file as it has file mode type bits set';
    const missing = `lstat ${file}: no such file or directory`;
    throw new Fault('not-found', search.directories.has(file) ? irregular : missing);
  }
  const plain = await search.decryptor.file(bytes, name, use);
  search.files.add(file);
  if (plain === undefined) return;
  await search.budget.spend(bytes.length, file);
  search.tree.set(file, plain);
  search.decrypted = true;
}

function maps(value: YamlValue | undefined): readonly YamlMap[] {
  return Array.isArray(value) ? value.filter(isYamlMap) : [];
}

function texts(value: YamlValue | undefined): readonly string[] {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string' && one !== '')
    : [];
}
