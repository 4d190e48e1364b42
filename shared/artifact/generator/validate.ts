import type { ArtifactGenerator } from '../../api/artifact-generator.ts';
import { subdomainProblem } from '../../core/kubernetes-names.ts';
import { quoted } from './template.ts';

/** Why a generator's spec cannot be worked with. */
export interface SpecProblem {
  readonly reason: 'ValidationFailed' | 'AccessDenied';
  readonly message: string;
}

/** What is wrong with a spec, in the order in which upstream looks (AG-01, AG-02); `isLocked` denies sources of other namespaces. */
export function specProblem(
  { spec, metadata }: Pick<ArtifactGenerator, 'spec' | 'metadata'>,
  isLocked: boolean,
): SpecProblem | undefined {
  const invalid = (message: string): SpecProblem => ({ reason: 'ValidationFailed', message });
  const aliases = new Set<string>();
  for (const { alias, kind, name, namespace } of spec.sources) {
    if (aliases.has(alias)) return invalid(`duplicate source alias '${alias}' found`);
    aliases.add(alias);
    if (!isLocked || !namespace || namespace === metadata.namespace) continue;
    const message = `cross-namespace reference to source ${kind}/${namespace}/${name} is not allowed`;
    return { reason: 'AccessDenied', message };
  }
  const names = new Set<string>();
  for (const { name, revision } of spec.artifacts) {
    if (names.has(name)) return invalid(`duplicate artifact name '${name}' found`);
    names.add(name);
    const problem = spec.pathPattern ? undefined : subdomainProblem(name);
    if (problem !== undefined)
      return invalid(`artifact name ${quoted(name)} is not a valid Kubernetes object name: ${problem}`);
    const alias = revision?.slice(1);
    if (alias !== undefined && !aliases.has(alias))
      return invalid(`artifact ${name} revision source alias '${alias}' not found`);
  }
  return undefined;
}
