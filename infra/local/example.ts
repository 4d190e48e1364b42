import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../shared/ports.ts';

/** Where the example repository lies. */
export const EXAMPLE = fileURLToPath(new URL('../../examples/gitops', import.meta.url));
/** What is applied by hand: the rest comes from the repository. */
const FOLDER = 'clusters/demo/';

/** The example's files by path. */
export function readExample(): ReadonlyMap<string, string> {
  const files = readdirSync(EXAMPLE, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [relative(EXAMPLE, file).replaceAll(sep, '/'), readFileSync(file, 'utf8')] as const;
    }),
  );
}

/** The objects of `clusters/demo`, namespaces first; the GitRepository follows `url`. */
export function exampleObjects(files: ReadonlyMap<string, string>, url: string): readonly KubernetesObject[] {
  return [...files]
    .filter(([path]) => path.startsWith(FOLDER) && !path.endsWith('/kustomization.yaml'))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject))
    .map((object) => (object.kind === 'GitRepository' ? withUrl(object, url) : object))
    .sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}

function withUrl(object: KubernetesObject, url: string): KubernetesObject {
  return { ...object, spec: { ...(object.spec as object), url } };
}

/** The Secret that the example's Receiver names. */
export function webhookSecret(token: string): KubernetesObject {
  const metadata = { name: 'webhook-token', namespace: 'sluice-demo' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: { token } };
}
