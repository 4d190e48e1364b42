import { refuse } from './node.ts';

/** Whether the renderer does what a field asks for, or why the real kustomize must. */
type Handling = 'handled' | { readonly needs: string };

/** Every field of a Kustomization or Component, and what the renderer does about it. To handle more, make it here `handled`, do it in `accumulate.ts`, and let the differential test's generator write it. */
export const HANDLED: Readonly<Record<string, Handling>> = {
  apiVersion: 'handled',
  kind: 'handled',
  metadata: 'handled',
  resources: 'handled',
  bases: 'handled',
  components: 'handled',
  namespace: 'handled',
  namePrefix: 'handled',
  nameSuffix: 'handled',
  labels: 'handled',
  commonLabels: 'handled',
  commonAnnotations: 'handled',
  images: 'handled',
  imageTags: 'handled',
  replicas: 'handled',
  configMapGenerator: 'handled',
  secretGenerator: 'handled',
  generatorOptions: 'handled',
  patches: 'handled',
  'patches.options': { needs: 'patches that change names or kinds' },
  patchesStrategicMerge: 'handled',
  patchesJson6902: 'handled',
  'patchesJson6902.options': { needs: 'patches that change names or kinds' },
  sortOptions: 'handled',
  buildMetadata: 'handled',
  configurations: 'handled',
  crds: { needs: 'name references inside custom resources' },
  generators: { needs: 'generator plugins' },
  helmChartInflationGenerator: { needs: 'Helm' },
  helmCharts: { needs: 'Helm' },
  helmGlobals: { needs: 'Helm' },
  openapi: { needs: 'an OpenAPI schema of its own' },
  replacements: 'handled',
  transformers: { needs: 'transformer plugins' },
  validators: { needs: 'validator plugins' },
  vars: { needs: 'vars' },
};

/** Fault `unsupported` when a kustomization says anything that the table does not name as handled. */
export function checkHandled(kustomization: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(kustomization)) {
    check(field, value);
    if (!Array.isArray(value)) continue;
    for (const item of value) {
      if (typeof item !== 'object' || item === null) continue;
      for (const [inner, innerValue] of Object.entries(item)) {
        const name = `${field}.${inner}`;
        if (Object.hasOwn(HANDLED, name)) check(name, innerValue);
      }
    }
  }
}

function check(field: string, value: unknown): void {
  if (isEmpty(value)) return;
  const handling = Object.hasOwn(HANDLED, field) ? HANDLED[field] : undefined;
  if (handling !== 'handled') refuse(`${field} (${handling?.needs ?? 'unknown'})`);
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === false) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
