import { textsOf } from './metadata.ts';
import { refuse } from './node.ts';
import { currentId, type Id, originalId, type Resource } from './resource.ts';

/** What a patch applies to. */
export interface Target {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

/** Whether an id is what a target asks for. Fault `unsupported` for patterns as `select` has them. */
export function idMatcher({ group, version, kind, name, namespace }: Target): (id: Id) => boolean {
  const patterns = [group, version, kind, name, namespace].map(patternOf);
  return (id) =>
    [id.group, id.version, id.kind, id.name, id.namespace].every((text, at) => patterns[at]?.(text));
}

/** Whether a resource has the labels and annotations that a target asks for. */
export function meetsSelectors(
  resource: Resource,
  { labelSelector, annotationSelector }: Pick<Target, 'labelSelector' | 'annotationSelector'>,
): boolean {
  return (
    meets(resource, 'labels', requirementsOf(labelSelector)) &&
    meets(resource, 'annotations', requirementsOf(annotationSelector))
  );
}

/** The resources that a target selects, by their first or present name and namespace (api v0.21.1, resmap.Select). Fault `unsupported` for patterns beyond names, `.`, `.*`, `.+`, `|` and groups, and for selectors by set. */
export function select(resources: readonly Resource[], target: Target): readonly Resource[] {
  const group = patternOf(target.group);
  const version = patternOf(target.version);
  const kind = patternOf(target.kind);
  const name = patternOf(target.name);
  const namespace = patternOf(target.namespace);
  const labels = requirementsOf(target.labelSelector);
  const annotations = requirementsOf(target.annotationSelector);
  return resources.filter((resource) => {
    const now = currentId(resource);
    const first = originalId(resource);
    return (
      (namespace(first.namespace) || namespace(now.namespace)) &&
      (name(first.name) || name(now.name)) &&
      group(now.group) &&
      version(now.version) &&
      kind(now.kind) &&
      meets(resource, 'labels', labels) &&
      meets(resource, 'annotations', annotations)
    );
  });
}

// kustomize anchors Go's regular expressions; these pieces mean the same to JavaScript's. Nothing but `.` repeats, twice at most, so that none runs long.
const PATTERN = /^(?:[A-Za-z0-9_/:()|-]|\\\.|\.[*+]?)*$/;
const MAX_WILDCARDS = 2;
/** No name of Kubernetes is longer. */
const MAX_TEXT = 253;

/** What selecting costs for each object, in steps: with two wildcards a match may try all their places. */
export function selectionCost(target: Target): number {
  const { group, version, kind, name, namespace } = target;
  const wild = [group, version, kind, name, namespace].some((pattern) => wildcardsIn(pattern ?? '') > 1);
  return wild ? 200 : 1;
}

function wildcardsIn(pattern: string): number {
  return pattern.match(/\.[*+]/g)?.length ?? 0;
}

function patternOf(pattern: string | undefined): (text: string) => boolean {
  if (!pattern) return () => true;
  const groups = pattern.split('(').length - 1;
  // Groups one after the other can be matched in as many ways as their alternatives multiply to.
  const many = groups > 1 || wildcardsIn(pattern) > MAX_WILDCARDS - groups;
  if (!PATTERN.test(pattern) || many || pattern.length > MAX_TEXT)
    refuse(`the pattern ${JSON.stringify(pattern)}`);
  const expression = compiled(pattern);
  return (text) =>
    text.length > MAX_TEXT ? refuse('a name of more than 253 characters') : expression.test(text);
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return refuse(`the pattern ${JSON.stringify(pattern)}`);
  }
}

interface Requirement {
  readonly key: string;
  readonly test: (value: string | undefined) => boolean;
}

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?';
const VALUE = '(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?';
const REQUIREMENT = new RegExp(`^ *(!)? *(${KEY}) *(?:(==|=|!=) *(${VALUE}))? *$`);
const MAX_SELECTOR = 4096;

function requirementsOf(selector: string | undefined): readonly Requirement[] {
  if (!selector) return [];
  if (selector.length > MAX_SELECTOR) refuse('a selector of more than 4096 characters');
  return selector.split(',').map((part) => {
    const [, not, key = '', operator, value = ''] =
      part.length < 400 ? (REQUIREMENT.exec(part) ?? refused(selector)) : refused(selector);
    // Longer names and values are no labels, and `in` and `notin` are words.
    if (value.length > 63 || key.length > 63 || (not && operator) || /^(in|notin)$/.test(key))
      refused(selector);
    if (operator === '!=') return { key, test: (actual) => actual !== value };
    if (operator) return { key, test: (actual) => actual === value };
    return { key, test: (actual) => (actual === undefined) === (not === '!') };
  });
}

function refused(selector: string): never {
  return refuse(`the selector ${JSON.stringify(selector)}`);
}

function meets(
  resource: Resource,
  name: 'labels' | 'annotations',
  requirements: readonly Requirement[],
): boolean {
  if (requirements.length === 0) return true;
  const texts = textsOf(resource, name);
  return requirements.every(({ key, test }) => test(Object.hasOwn(texts, key) ? texts[key] : undefined));
}
