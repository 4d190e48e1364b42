import { toJson } from '../../../../shared/core/json.ts';
import type { OpenApiDocument } from '../http/exchange.ts';
import type { Catalog } from '../model.ts';
import { openApiDocument, openApiIndex } from './open-api.ts';
import { openApiV2 } from './open-api-v2.ts';

/** What is answered at a path of `/openapi/`; undefined where there is nothing. */
export function openApiAt(catalog: Catalog, path: string, accept: string): OpenApiDocument | undefined {
  if (path === '/openapi/v2') return openApiV2(accept);
  const contentType = 'application/json';
  if (path === '/openapi/v3') return { contentType, body: toJson(openApiIndex(catalog)) };
  const groupVersion = /^\/openapi\/v3\/(?:api|apis)\/(.+)$/.exec(path)?.[1];
  const text = groupVersion === undefined ? undefined : openApiDocument(catalog, groupVersion);
  return text && { contentType, body: text.json, etag: text.hash };
}
