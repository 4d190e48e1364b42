import { createHash } from 'node:crypto';
import { toJson } from '../../../../shared/core/json.ts';
import { KUBERNETES_TABLE } from '../../../../shared/core/kubernetes-schema/table.ts';
import type { Catalog, ResourceType } from '../model.ts';
import { definitionOf } from '../schema/structural.ts';
import { documentOf } from './document.ts';
import { groupVersionOf } from './kind.ts';

/** What `/openapi/v3` answers. */
export interface OpenApiIndex {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

/** A document's JSON, and the digest of what it is made of, as in its URL. */
export interface OpenApiText {
  readonly json: string;
  readonly hash: string;
}

/** Texts of documents that are kept, for all clusters together; the longest, of the core group, has 200 kB. */
const MAX_TEXTS = 64;

const texts = new Map<string, string>();

/** Where the documents of all group versions are; a URL changes with what its document says. */
export function openApiIndex(catalog: Catalog): OpenApiIndex {
  const paths = [...byGroupVersion(catalog)].map(([groupVersion, resources]) => {
    const path = groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
    const serverRelativeURL = `/openapi/v3/${path}?hash=${hashOf(groupVersion, resources)}`;
    return [path, { serverRelativeURL }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

/** The document of a group version such as `apps/v1` or `v1`; undefined when it is not served. */
export function openApiDocument(catalog: Catalog, groupVersion: string): OpenApiText | undefined {
  const resources = byGroupVersion(catalog).get(groupVersion);
  if (!resources) return undefined;
  const hash = hashOf(groupVersion, resources);
  const known = texts.get(hash);
  const json = known ?? toJson(documentOf(groupVersion, resources));
  if (known === undefined) {
    const [oldest] = texts.keys();
    if (texts.size >= MAX_TEXTS && oldest !== undefined) texts.delete(oldest);
    texts.set(hash, json);
  }
  return { json, hash };
}

function byGroupVersion(catalog: Catalog): ReadonlyMap<string, readonly ResourceType[]> {
  const found = Map.groupBy(catalog.all(), groupVersionOf);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hashOf(groupVersion: string, resources: readonly ResourceType[]): string {
  const hash = createHash('sha256').update(KUBERNETES_TABLE.version).update(groupVersion);
  for (const type of resources) {
    const digest = definitionOf(type.schema)?.digest ?? '';
    hash.update(
      [type.kind, type.listKind, type.plural, type.namespaced, type.subresources, digest].join(' '),
    );
  }
  return hash.digest('hex').toUpperCase();
}
