import { Fault } from '../../core/failures.ts';
import { toJson } from '../../core/json.ts';
import type { ApiResource, Collection, WriteOptions } from '../../ports.ts';
import { groupVersionPath } from './discovery.ts';

/** What one request is about; no name means the collection. */
export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** The collection alone: whoever passes a reference for one means its kind and namespace, not its name. */
export function collectionTarget({ apiVersion, kind, namespace }: Collection): Target {
  return { apiVersion, kind, ...(namespace && { namespace }) };
}

/** The path of `target`; a namespace is ignored for cluster-scoped kinds. Fault `invalid` when a named object of a namespaced kind has none. */
export function pathOf(resource: ApiResource, target: Target): string {
  const { namespace, name, subresource } = target;
  if (resource.namespaced && !namespace && name !== undefined) {
    const text = `${target.kind} "${name}" has no namespace, and its kind is namespaced`;
    throw new Fault('invalid', text, { field: 'namespace' });
  }
  if (name === '') throw new Fault('invalid', `a ${target.kind} has no name`, { field: 'name' });
  const parts = [groupVersionPath(target.apiVersion)];
  if (resource.namespaced && namespace) parts.push('namespaces', segment(namespace));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(segment(name));
  if (subresource) parts.push(...subresource.split('/').map(segment));
  return parts.join('/');
}

/** One path segment; Fault `invalid` for what Kubernetes allows in no name, because it would name another path: the server decodes `%2F`. */
function segment(text: string): string {
  if (text === '.' || text === '..' || /[/%]/.test(text)) {
    throw new Fault('invalid', `"${text}" is not a name`, { field: 'name' });
  }
  return encodeURIComponent(text);
}

/** The query of a write. The server need not look for unknown fields: nobody reads its warnings, and it parses every body twice for them. */
export function writeQuery(options: WriteOptions, force?: boolean): string {
  const forced = force === undefined ? '' : `&force=${force}`;
  const dryRun = options.dryRun ? '&dryRun=All' : '';
  return `?fieldManager=${encodeURIComponent(options.fieldManager)}${forced}${dryRun}&fieldValidation=Ignore`;
}

/**
 * JSON that a YAML 1.1 parser reads as the same values: the server parses an apply patch as YAML, where a raw NEL, LS or
 * PS inside quotes is a line break and other control characters are refused.
 */
export function yamlSafeJson(value: unknown): string {
  return toJson(value).replace(NOT_YAML, escapeCharacter);
}

const NOT_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
