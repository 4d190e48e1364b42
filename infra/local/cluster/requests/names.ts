import type { ResourceType } from '../model.ts';
import { dnsLabel, dnsSubdomain, type Format, pathSegment } from '../strategies/rules/formats.ts';

/** Kinds whose names are one DNS label; a Service may begin with a digit since Kubernetes 1.36. */
const LABELS: ReadonlySet<string> = new Set(['/namespaces', '/services']);

/** Kinds whose names may be any part of a path. */
const SEGMENTS: ReadonlySet<string> = new Set([
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/clusterrolebindings',
  // Their own rule is checked with their spec.
  'apiextensions.k8s.io/customresourcedefinitions',
]);

/** Length that the server leaves of a `generateName` for its suffix of 5. */
const GENERATED_PREFIX_LENGTH = 58;
const SUFFIX_LENGTH = 5;

/** What is wrong with a name of an object of `type`. */
export function nameFaults(type: ResourceType, name: string): readonly string[] {
  if (pathSegment(name).length > 0) return pathSegment(name);
  return formatOf(type)(name);
}

/** What is wrong with the beginning of generated names. */
export function prefixFaults(type: ResourceType, prefix: string): readonly string[] {
  if (pathSegment(prefix).length > 0) return pathSegment(prefix);
  // A suffix follows, so that a dash may be the last character.
  return formatOf(type)(prefix.endsWith('-') ? `${prefix.slice(0, -1)}a` : prefix);
}

/** `prefix` and five characters of chance, as the API server makes names. */
export function generatedName(prefix: string, suffix: (length: number) => string): string {
  return prefix.slice(0, GENERATED_PREFIX_LENGTH) + suffix(SUFFIX_LENGTH);
}

function formatOf({ group, plural }: ResourceType): Format {
  const id = `${group}/${plural}`;
  if (id === '/namespaces') return withoutDots;
  if (LABELS.has(id)) return dnsLabel;
  return SEGMENTS.has(id) ? pathSegment : dnsSubdomain;
}

/** A namespace's name with a dot is refused for the dot alone. */
const withoutDots: Format = (text) => (text.includes('.') ? ['must not contain dots'] : dnsLabel(text));
