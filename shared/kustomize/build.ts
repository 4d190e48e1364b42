import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault, messageOf } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { type Owner, ownerLabels } from '../core/owner-labels.ts';
import type { Clock, Exec, FileTree } from '../ports.ts';
import type { BuildSpec } from './build-spec.ts';
import { type BuiltDocument, joinDocuments, readDocuments } from './documents.ts';
import { type Generated, generate } from './generate.ts';
import { withMetadata } from './metadata.ts';
import { objectsOf } from './read-objects.ts';
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
    const yaml = await kustomized(request, prepared);
    return typeof yaml === 'string' ? await read(request, yaml) : yaml;
  } catch (error) {
    if (request.signal.aborted || !isFault(error)) throw error;
    return failed(messageOf(error));
  }
}

/** The tree as kustomize may see it. */
async function prepare({ tree, spec, clock, signal }: BuildRequest): Promise<Generated> {
  const budget = yamlBudget(clock, signal);
  const generated = await generate(tree, spec, budget);
  if (!generated.ok) return generated;
  const walked = await walk(generated.tree, generated.path, budget);
  if (walked.violations.length > 0)
    return failed(`kustomize build failed: ${violationText(walked.violations)}`);
  return { ...generated, tree: walked.tree };
}

async function kustomized(
  { exec, signal }: BuildRequest,
  { tree, path }: Generated & { readonly ok: true },
): Promise<string | Failed> {
  try {
    return await exec.kustomize(tree, path, signal);
  } catch (error) {
    if (signal.aborted || !isFault(error)) throw error;
    const advice = error.code === 'too-large' ? ': split it into several Kustomizations' : '';
    return failed(`kustomize build failed: ${error.message}${advice}`);
  }
}

async function read(request: BuildRequest, yaml: string): Promise<Built> {
  const { spec, owner, clock, signal } = request;
  const documents = await substituted(await readDocuments(yaml, yamlBudget(clock, signal)), request);
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
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function failed(message: string): Failed {
  return { ok: false, reason: 'BuildFailed', message };
}
