import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Api, successful, until } from './api.ts';

interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Applies every CRD in the folder's *.yaml and waits until all are served; returns their names, none without a folder. */
export async function applyCrds(api: Api, folder: string): Promise<string[]> {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.yaml')) : [];
  const definitions = files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8'))
      .map((document): CustomResourceDefinition | null => document.toJS())
      .filter((definition) => definition !== null),
  );
  return Promise.all(definitions.map((definition) => applyOne(api, definition)));
}

async function applyOne(api: Api, definition: CustomResourceDefinition): Promise<string> {
  const { name } = definition.metadata;
  const path = `${DEFINITIONS}/${name}`;
  const query = 'fieldManager=control-plane&force=true';
  const answer = await api.send('PATCH', `${path}?${query}`, definition, 'application/apply-patch+yaml');
  successful(`apply ${name}`, answer);
  await until(`${name} is established`, async () => {
    const conditions = (await api.get<CustomResourceDefinition>(path))?.status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True') || undefined;
  });
  return name;
}
