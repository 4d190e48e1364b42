import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { serve } from '../features/http/web-server.ts';
import type { Setting } from './setting.ts';

export const HELM_REPOSITORY = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository' } as const;

/** A chart repository of plain files, by path, which a test may change; gone after the test. */
export interface Files {
  readonly url: string;
  readonly files: Record<string, string>;
  /** `GET /index.yaml`, for each request. */
  readonly asked: string[];
}

/** Serves files to those whom `allows` lets in. */
export async function serveFiles(
  files: Record<string, string>,
  options: { readonly tls?: ServerOptions; readonly allows?: (request: IncomingMessage) => boolean } = {},
): Promise<Files> {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = files[request.url ?? ''];
    if (options.allows?.(request) === false) response.writeHead(401).end();
    else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  }, options.tls);
  return { url, files, asked };
}

/** A HelmRepository at `url`. */
export function helmRepository(
  { namespace }: Setting,
  name: string,
  url: string,
  spec: object = {},
): KubernetesObject {
  return { ...HELM_REPOSITORY, metadata: { namespace, name }, spec: { url, interval: '10m', ...spec } };
}

/** The HelmRepository `name` of the setting. */
export function helmAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...HELM_REPOSITORY, namespace, name };
}
