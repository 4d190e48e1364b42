import { isYamlMap, parseYamlDocuments } from '../core/yaml.ts';
import { PLUGIN_FIELDS } from './fields.ts';
import { type Json, type ShapeRules, shapeObject } from './shape.ts';

// What makes kustomize run a container or program instead of a builtin (kyaml, fn/runtime/runtimeutil).
const FUNCTION_ANNOTATIONS = ['config.kubernetes.io/function', 'config.k8s.io/function'];

/** Plugin configuration, each document checked against its builtin's fields; anything that is no builtin is refused through `rules`. */
export async function readPlugins(text: string, at: string, rules: ShapeRules): Promise<readonly Json[]> {
  const plugins: Json[] = [];
  // kustomize reads these as objects, hence with go-yaml v3's words.
  for (const document of parseYamlDocuments(text, { dialect: 'v3', duplicates: 'error' })) {
    if (document === null) continue;
    if (!isYamlMap(document)) {
      rules.mismatch(at, 'object', document);
      continue;
    }
    const kind = String(document.kind);
    const fields = Object.hasOwn(PLUGIN_FIELDS, kind) ? PLUGIN_FIELDS[kind] : undefined;
    const annotations = isYamlMap(document.metadata) ? document.metadata.annotations : undefined;
    const runs =
      isYamlMap(annotations) && FUNCTION_ANNOTATIONS.some((name) => Object.hasOwn(annotations, name));
    if (runs) rules.refused(at, `${kind} is a function: plugins that run code are not allowed`);
    else if (document.apiVersion !== 'builtin' || fields === undefined) {
      rules.refused(
        at,
        `plugin ${String(document.apiVersion)} ${kind} is not allowed: only kustomize's builtin plugins are`,
      );
    } else plugins.push(await shapeObject(document, fields, at, { ...rules, coerce: true }));
  }
  return plugins;
}

/** Documents as JSON, which every YAML reader agrees on. */
export function configurationText(documents: readonly unknown[]): string {
  return documents.map((document) => `${JSON.stringify(document)}\n`).join('---\n');
}
