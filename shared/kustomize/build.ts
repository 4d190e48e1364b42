import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault, messageOf } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import type { Exec, FileTree } from '../ports.ts';
import type { BuildSpec } from './build-spec.ts';
import { joinDocuments, readDocuments } from './documents.ts';
import { generate } from './generate.ts';
import { type Owner, ownerLabels, withMetadata } from './metadata.ts';
import { objectsOf } from './read-objects.ts';
import { substitute } from './substitute.ts';
import { walk } from './walk.ts';
import type { Violation } from './walk-enter.ts';

/** All that a build depends on. */
export interface BuildRequest {
  readonly tree: FileTree;
  readonly spec: BuildSpec;
  readonly owner: Owner;
  /** What `variablesOf` found. */
  readonly variables: ReadonlyMap<string, string>;
  readonly exec: Exec;
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
  | { readonly ok: false; readonly reason: 'ArtifactFailed' | 'BuildFailed'; readonly message: string };

/** From an artifact's files to the objects to apply. Rejects only when `signal` fired. */
export async function build(request: BuildRequest): Promise<Built> {
  const { spec, owner } = request;
  const generated = generate(request.tree, spec);
  if (!generated.ok) return generated;
  const walked = walk(generated.tree, generated.path);
  if (walked.violations.length > 0)
    return failed(`kustomize build failed: ${violationText(walked.violations)}`);
  let yaml: string;
  try {
    yaml = await request.exec.kustomize(walked.tree, generated.path, request.signal);
  } catch (error) {
    if (request.signal.aborted || !isFault(error)) throw error;
    return failed(`kustomize build failed: ${error.message}`);
  }
  try {
    const documents = substituted(readDocuments(yaml), request);
    const objects = objectsOf(documents.map(({ object }) => object))
      .map(named)
      .map((object) => withMetadata(object, { labels: ownerLabels(owner) }))
      .map((object) => withMetadata(object, spec.commonMetadata ?? {}));
    return { ok: true, objects, digest: `sha256:${sha256Hex(joinDocuments(documents))}` };
  } catch (error) {
    if (!isFault(error)) throw error;
    return failed(messageOf(error));
  }
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

function substituted(documents: ReturnType<typeof readDocuments>, { spec, variables, strict }: BuildRequest) {
  const { postBuild } = spec;
  if (postBuild === undefined) return documents;
  const wanted = variables.size > 0 || postBuild.substituteStrategy === 'Always';
  return wanted ? substitute(documents, variables, strict ?? true) : documents;
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

function failed(message: string): Built {
  return { ok: false, reason: 'BuildFailed', message };
}
