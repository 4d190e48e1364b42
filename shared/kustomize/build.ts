import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault, messageOf } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { type Owner, ownerLabels } from '../core/owner-labels.ts';
import { parseYamlDocuments } from '../core/yaml.ts';
import type { Clock, Exec, FileTree } from '../ports.ts';
import type { BuildSpec } from './build-spec.ts';
import { type BuiltDocument, joinDocuments, readDocuments } from './documents.ts';
import { type BuildDecryptor, decryptFiles } from './encrypted-files.ts';
import { decryptResources } from './encrypted-resources.ts';
import { type Generated, generate } from './generate.ts';
import { withMetadata } from './metadata.ts';
import { objectsOf } from './read-objects.ts';
import type { Remotes } from './remote/remotes.ts';
import { type Rendered, render } from './render/render.ts';
import { substitute } from './substitute.ts';
import { walk } from './walk.ts';
import type { Violation } from './walk-enter.ts';
import { yamlBudget } from './yaml-budget.ts';

/** All that a build depends on. */
export interface BuildRequest {
  readonly tree: FileTree;
  readonly spec: BuildSpec;
  readonly owner: Owner;
  /** What `variablesOf` found. */
  readonly variables: ReadonlyMap<string, string>;
  readonly exec: Exec;
  /** Sleeps for no time now and then, so that a large build holds nothing else up. */
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  /** Decrypts files before the build and resources after it; absent, everything stays as it is. */
  readonly decryptor?: BuildDecryptor | undefined;
  /** Fetches remote bases and files; absent, they are refused. */
  readonly remotes?: Remotes | undefined;
  /** Whether an unset variable fails the build: Flux's gate StrictPostBuildSubstitutions, true by default. */
  readonly strict?: boolean;
}

/** The objects, or the reason and message of the Ready condition. */
export type Built =
  | {
      readonly ok: true;
      readonly objects: readonly KubernetesObject[];
      /** `sha256:<hex>` of the built multi-document YAML. */
      readonly digest: string;
    }
  | Failed;

interface Failed {
  readonly ok: false;
  readonly reason: 'ArtifactFailed' | 'BuildFailed';
  readonly message: string;
}

/** From an artifact's files to the objects to apply. Rejects only when `signal` fired. */
export async function build(request: BuildRequest): Promise<Built> {
  try {
    const prepared = await prepare(request);
    if (!prepared.ok) return prepared;
    const documents = await rendered(request, prepared);
    return 'ok' in documents ? documents : await read(request, documents);
  } catch (error) {
    if (request.signal.aborted || !isFault(error)) throw error;
    return failed(messageOf(error));
  }
}

/** The tree as kustomize may see it. */
async function prepare({ tree, spec, clock, signal, decryptor, remotes }: BuildRequest): Promise<Generated> {
  const budget = yamlBudget(clock, signal);
  const generated = await generate(tree, spec, budget);
  if (!generated.ok) return generated;
  const { path } = generated;
  const plain = decryptor ? await decryptFiles(generated.tree, path, decryptor, budget) : generated.tree;
  const walked = await walk(plain, path, budget, remotes);
  if (walked.violations.length > 0)
    return failed(`kustomize build failed: ${violationText(walked.violations)}`);
  return { ...generated, tree: walked.tree };
}

/** In-process where that is provably the same, else by the real kustomize, whose errors are upstream's, too. */
async function rendered(
  request: BuildRequest,
  prepared: Generated & { readonly ok: true },
): Promise<readonly BuiltDocument[] | Failed> {
  const budget = () => yamlBudget(request.clock, request.signal);
  const result = await render(prepared.tree, prepared.path, { read: budget(), print: budget() });
  if (result.handled) return result.documents;
  const yaml = await kustomized(request, prepared, result);
  return typeof yaml === 'string' ? readDocuments(yaml, budget()) : yaml;
}

async function kustomized(
  { exec, signal }: BuildRequest,
  { tree, path }: Generated & { readonly ok: true },
  refusal: Rendered & { readonly handled: false },
): Promise<string | Failed> {
  try {
    return await exec.kustomize(tree, path, signal);
  } catch (error) {
    if (signal.aborted || !isFault(error)) throw error;
    const advice = error.code === 'too-large' ? ': split it into several Kustomizations' : '';
    if (error.code !== 'unsupported') return failed(`kustomize build failed: ${error.message}${advice}`);
    const mistake = mistakeIn(tree, refusal.unread);
    return failed(
      `kustomize build failed: ${mistake ?? `kustomize itself is needed for ${refusal.why}: ${error.message}`}`,
    );
  }
}

/** What is wrong with the YAML of a file, in kustomize's words; undefined when kustomize could read it, or may. */
function mistakeIn(tree: FileTree, file: string | undefined): string | undefined {
  const bytes = file === undefined ? undefined : tree.get(file);
  if (bytes === undefined) return undefined;
  try {
    parseYamlDocuments(Buffer.from(bytes).toString('utf8'), { duplicates: 'error', dialect: 'v3' });
    return undefined;
  } catch (error) {
    if (!isFault(error, 'malformed')) throw error;
    return `accumulating resources: MalformedYAMLError: ${error.message} in File: ${file}`;
  }
}

async function read(request: BuildRequest, built: readonly BuiltDocument[]): Promise<Built> {
  const { spec, owner, decryptor, clock, signal } = request;
  const plain = decryptor ? await decryptResources(built, decryptor, yamlBudget(clock, signal)) : built;
  const documents = await substituted(plain, request);
  const objects = objectsOf(documents.map(({ object }) => object))
    .map(named)
    .map((object) => withMetadata(object, { labels: ownerLabels(owner) }))
    .map((object) => withMetadata(object, spec.commonMetadata ?? {}));
  return { ok: true, objects, digest: `sha256:${sha256Hex(joinDocuments(documents))}` };
}

/** What kustomize prints is named, but the items of a list inside another kind are not its affair; without a name nothing can be sent. */
function named(object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind } = object;
  const fields = { apiVersion, kind, 'metadata.name': object.metadata?.name };
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value === 'string' && value !== '') continue;
    throw new Fault('invalid', `an item of a list has no ${field} (kind ${JSON.stringify(kind)})`, { field });
  }
  return object;
}

async function substituted(
  documents: readonly BuiltDocument[],
  { spec, variables, strict, clock, signal }: BuildRequest,
): Promise<readonly BuiltDocument[]> {
  const { postBuild } = spec;
  if (postBuild === undefined) return documents;
  const wanted = variables.size > 0 || postBuild.substituteStrategy === 'Always';
  return wanted ? substitute(documents, variables, strict ?? true, yamlBudget(clock, signal)) : documents;
}

/** Violations quoted in one message. */
const MAX_VIOLATIONS_SHOWN = 5;

function violationText(violations: readonly Violation[]): string {
  const shown = violations
    .slice(0, MAX_VIOLATIONS_SHOWN)
    .map(({ file, field, message }) => [file, field, message].filter((part) => part !== '').join(': '));
  const more = violations.length - shown.length;
  const isRemote = violations.some(({ message }) => /^remote .* is not allowed$/.test(message));
  const advice = 'what is remote has to be in the source, unless the cluster allows remote bases';
  return [...shown, ...(more > 0 ? [`and ${more} more`] : []), ...(isRemote ? [advice] : [])].join('; ');
}

function failed(message: string): Failed {
  return { ok: false, reason: 'BuildFailed', message };
}
