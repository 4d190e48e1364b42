import { groupOf, type KubernetesObject, versionOf } from '../../core/kubernetes-object.ts';

/** Which objects a rule is about; the names are anchored regular expressions, what is left out selects all. */
export interface IgnoreTarget {
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly annotationSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

type Matches = (text: string) => boolean;
type Labels = Readonly<Record<string, string>> | undefined;

/** Whether an object is selected. Throws an Error, in Flux's words, about a pattern or selector that is wrong. */
export function selectorOf(
  target: IgnoreTarget | undefined,
  compile: (pattern: string) => Matches,
): (object: KubernetesObject) => boolean {
  if (target === undefined) return () => true;
  const named = (name: 'group' | 'version' | 'kind' | 'name' | 'namespace'): Matches => {
    const pattern = target[name];
    return pattern ? said(`invalid ${name} regex`, () => compile(pattern)) : () => true;
  };
  const [group, version, kind] = [named('group'), named('version'), named('kind')];
  const [name, namespace] = [named('name'), named('namespace')];
  const labels = said('invalid label selector', () => labelSelector(target.labelSelector));
  const annotations = said('invalid annotation selector', () => labelSelector(target.annotationSelector));
  return ({ apiVersion, kind: itsKind, metadata }) =>
    namespace(metadata.namespace ?? '') &&
    name(metadata.name) &&
    group(groupOf(apiVersion)) &&
    version(versionOf(apiVersion)) &&
    kind(itsKind) &&
    labels(metadata.labels) &&
    annotations(metadata.annotations);
}

function said<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const KEY = `((?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,252})`;
const SET = new RegExp(String.raw`^\s*${KEY}\s+(in|notin)\s*\(([^()]*)\)\s*$`);
const COMPARED = new RegExp(String.raw`^\s*${KEY}\s*(==|=|!=|<|>)\s*([A-Za-z0-9_.-]*)\s*$`);
const EXISTS = new RegExp(String.raw`^\s*(!?)\s*${KEY}\s*$`);

function labelSelector(text: string | undefined): (labels: Labels) => boolean {
  if (!text) return () => true;
  const requirements = text.match(/(?:[^,(]|\([^)]*\))+/g)?.map(requirementOf) ?? [];
  return (labels) => requirements.every((meets) => meets(labels));
}

function requirementOf(text: string): (labels: Labels) => boolean {
  const [, setKey = '', word, list = ''] = SET.exec(text) ?? [];
  if (word !== undefined) {
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (labels) => values.has(labelOf(labels, setKey) ?? '\0') === (word === 'in');
  }
  const [, key = '', operator, value = ''] = COMPARED.exec(text) ?? [];
  if (operator === '<' || operator === '>') return ordered(key, operator, value);
  if (operator !== undefined) {
    return (labels) => (labelOf(labels, key) === value) === (operator !== '!=');
  }
  const [, not, name] = EXISTS.exec(text) ?? [];
  if (name === undefined) throw new Error(`unable to parse requirement: ${JSON.stringify(text.trim())}`);
  return (labels) => (labelOf(labels, name) === undefined) === (not === '!');
}

function ordered(key: string, operator: '<' | '>', value: string): (labels: Labels) => boolean {
  if (!/^-?\d+$/.test(value)) throw new Error(`for '${operator}' operator, the value must be an integer`);
  return (labels) => {
    const actual = labelOf(labels, key);
    if (actual === undefined || !/^-?\d+$/.test(actual)) return false;
    return operator === '<' ? BigInt(actual) < BigInt(value) : BigInt(actual) > BigInt(value);
  };
}

function labelOf(labels: Labels, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
