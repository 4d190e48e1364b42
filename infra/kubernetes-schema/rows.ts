import type { Row, TypeRow } from '../../shared/core/kubernetes-schema/table.ts';
import type { OpenApiNode } from './openapi.ts';

const REFERENCE = '#/components/schemas/';

/** Types without fields whose name says more than their schema does. */
const SPECIAL: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'int-or-string',
};

/** The table's short name of a type: `core.v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`. */
export function shortName(name: string): string {
  const at = name.lastIndexOf('.');
  return `${packageName(name.slice(0, at))}${name.slice(at)}`;
}

/** The table's short name of a package: `core.v1` of `io.k8s.api.core.v1`, `runtime` of `io.k8s.apimachinery.pkg.runtime`. */
export function packageName(name: string): string {
  const parts = name.split('.');
  return parts.slice(/^v\d/.test(parts.at(-1) ?? '') ? -2 : -1).join('.');
}

/** The table's row of the type `name`. */
export function typeRow(name: string, node: OpenApiNode): TypeRow {
  const special = SPECIAL[name];
  if (special !== undefined) return special;
  if (!node.properties) return scalar(node);
  const own = packageName(name.slice(0, name.lastIndexOf('.')));
  const required = new Set(node.required);
  const fields = Object.entries(node.properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, child]) => [required.has(field) ? `${field}!` : field, row(child, own)] as const);
  return Object.fromEntries(fields);
}

function row(node: OpenApiNode, own: string): Row {
  const of = { ...shape(node, own) };
  const zero = 'default' in node && isZero(node);
  const details = {
    ...(node['x-kubernetes-list-map-keys'] && { keys: node['x-kubernetes-list-map-keys'] }),
    ...(node['x-kubernetes-map-type'] && { atomic: node['x-kubernetes-map-type'] === 'atomic' }),
    ...(node['x-kubernetes-patch-strategy'] && { patch: node['x-kubernetes-patch-strategy'] }),
    ...(node['x-kubernetes-patch-merge-key'] && { mergeKey: node['x-kubernetes-patch-merge-key'] }),
    ...('default' in node && !zero && { default: node.default }),
    ...(node.enum && { enum: node.enum }),
  };
  const type = of.list === undefined ? undefined : node['x-kubernetes-list-type'];
  const plain = Object.keys(details).length === 0;
  if (plain && typeof of.list === 'string' && type === 'atomic') return `[${of.list}]`;
  if (plain && typeof of.map === 'string') return `{${of.map}}`;
  if (of.of !== undefined && zero) of.of += '=';
  return plain && of.of !== undefined ? of.of : ({ ...of, ...(type && { type }), ...details } as Row);
}

function shape(node: OpenApiNode, own: string): { of?: string; list?: Row; map?: Row } {
  const [only] = node.allOf ?? [];
  const reference = node.$ref ?? only?.$ref;
  if (reference !== undefined) {
    const name = shortName(reference.slice(REFERENCE.length));
    return { of: name.startsWith(`${own}.`) ? name.slice(own.length + 1) : name };
  }
  if (node.items) return { list: row(node.items, own) };
  if (node.additionalProperties) return { map: row(node.additionalProperties, own) };
  return { of: scalar(node) };
}

function scalar({ type, format, oneOf }: OpenApiNode): string {
  if (type === undefined && oneOf === undefined) return 'any';
  const name = format ?? type;
  if (name === undefined) throw new Error(`no row says ${JSON.stringify({ type, format, oneOf })}`);
  return name;
}

function isZero({ default: value }: OpenApiNode): boolean {
  return ['{}', '""', '0', 'false'].includes(JSON.stringify(value));
}
