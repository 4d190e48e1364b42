import { requestedPointer } from '../core/artifact-token.ts';
import { type HttpEvent, type HttpResult, plainText } from '../core/http-event.ts';
import type { Deployment, ObjectStore } from '../ports.ts';
import { blobKey } from './blobs.ts';
import type { ArtifactPointer } from './store.ts';

/** What it takes to lead somebody to an artifact. */
export interface ServePorts {
  readonly deployment: Pick<Deployment, 'key'>;
  readonly store: ObjectStore;
  /** A link to one object of the store, which works for whoever has it, by that method and for so many seconds. */
  readonly linkTo: (key: string, seconds: number, method: 'GET' | 'HEAD') => Promise<string>;
}

/** Ours: seconds in which a consumer must begin its download. */
const LINK_SECONDS = 300;

/** Leads whoever has an artifact's whole address to the stored file; whoever has not is told the same as of a file that does not exist. */
export async function serveArtifact(event: HttpEvent, ports: ServePorts): Promise<HttpResult> {
  const asked = requestedPointer(
    ports.deployment.key,
    event.rawPath,
    new URLSearchParams(event.rawQueryString),
  );
  const pointer = asked && (await ports.store.get(asked));
  if (!pointer) return plainText(404, 'not found');
  const { digest } = JSON.parse(new TextDecoder().decode(pointer.body)) as ArtifactPointer;
  const method = event.requestContext.http.method === 'HEAD' ? 'HEAD' : 'GET';
  const location = await ports.linkTo(blobKey(digest), LINK_SECONDS, method);
  return { statusCode: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
}
