import { Fault, isFault } from '../../core/failures.ts';
import { unpackTree } from '../../core/file-tree.ts';
import { sealBytes, unsealBytes } from '../../core/sealed-bytes.ts';
import type { Exec } from '../../ports.ts';
import { type RenderAnswer, type RenderCall, SEALED_FOR } from './render-call.ts';

/** Milliseconds that a link may take: the store is near. */
const TRANSFER_MS = 20_000;

/** Does what a call asks for; the Faults of kustomize are answers, everything else is thrown, so that the caller calls again. */
export async function serveRender(call: RenderCall, exec: Exec, signal: AbortSignal): Promise<RenderAnswer> {
  const key = Buffer.from(call.key, 'base64');
  const tree = unpackTree(unsealBytes(key, SEALED_FOR.tree, await transfer(call.tree, signal)));
  try {
    const manifests = await exec.kustomize(tree, call.path, signal);
    await transfer(call.manifests, signal, sealBytes(key, SEALED_FOR.manifests, Buffer.from(manifests)));
    return { ok: true };
  } catch (error) {
    if (!isFault(error) || error.code === 'unreachable') throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}

/** Reads from a link, or writes `body` to it. The links are our caller's, never a tenant's; they are secrets, so no error names them. */
async function transfer(link: string, signal: AbortSignal, body?: Uint8Array): Promise<Uint8Array> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_MS)]);
  const what = body === undefined ? 'reading the tree' : 'writing the manifests';
  try {
    const answer = await fetch(link, {
      signal: limit,
      redirect: 'error',
      ...(body !== undefined && { method: 'PUT', body }),
    });
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    throw new Fault('unreachable', `${what}: the store answered ${answer.status}`);
  } catch (error) {
    if (isFault(error)) throw error;
    throw new Fault('unreachable', `${what}: the store did not answer`);
  }
}
