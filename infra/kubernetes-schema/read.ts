import { request } from 'node:https';
import type { Discovery, OpenApiDocument } from './openapi.ts';
import type { Reading } from './table-of.ts';

/** How to speak to an API server: its base URL, its CA as PEM, and a bearer token. */
export interface Access {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

interface Index {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

const JSON_TYPE = 'application/json';
const AGGREGATED_DISCOVERY = `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;
const VERSION_DOCUMENT = /^(?:api|apis\/([^/]+))\/v\d[^/]*$/;

/** Reads what a table is made of; groups that `isCustom` knows are left out. Throws unless every answer is a 200. */
export async function readServer(
  access: Access,
  isCustom: (group: string) => boolean = () => false,
): Promise<Reading> {
  const { gitVersion } = await get<{ gitVersion: string }>(access, '/version');
  const core = await get<Discovery>(access, '/api', AGGREGATED_DISCOVERY);
  const { items } = await get<Discovery>(access, '/apis', AGGREGATED_DISCOVERY);
  const groups = { items: items.filter(({ metadata }) => !isCustom(metadata.name ?? '')) };
  const { paths } = await get<Index>(access, '/openapi/v3');
  const documents: OpenApiDocument[] = [];
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const match = VERSION_DOCUMENT.exec(path);
    if (match && !isCustom(match[1] ?? '')) documents.push(await get(access, serverRelativeURL));
  }
  return { version: gitVersion, discovery: [core, groups], documents };
}

async function get<T>({ server, ca, token }: Access, path: string, accept = JSON_TYPE): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, accept };
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(new URL(path, server), { ca, headers }, async (response) => {
      const body = (await response.toArray()).join('');
      if (response.statusCode === 200) resolve(body);
      else reject(new Error(`GET ${path}: ${response.statusCode} ${body}`));
    });
    call.once('error', reject);
    call.end();
  });
  return JSON.parse(text);
}
