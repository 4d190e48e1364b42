import { createHash } from 'node:crypto';
import { Fault, type FaultCode, isFault } from '../../core/failures.ts';
import { packTree } from '../../core/file-tree.ts';
import { sealBytes, unsealBytes } from '../../core/sealed-bytes.ts';
import type { Chance, Exec, FileTree, ObjectStore } from '../../ports.ts';

/** What `render` is told: where the tree lies, where the manifests go, which directory to build, and the key to both. */
export interface RenderCall {
  /** Base64 of 32 bytes, made for this call: what lies in the store meanwhile is sealed by it, as a tree may hold what was decrypted. */
  readonly key: string;
  /** A link that reads the tree, for `LINK_SECONDS`. */
  readonly tree: string;
  /** A link that writes the manifests. */
  readonly manifests: string;
  readonly path: string;
}

/** What `render` says: done, or the Fault of the real kustomize. */
export type RenderAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: FaultCode; readonly message: string };

/** A link to one object of the store, which works for whoever has it, for so many seconds. */
export type LinkTo = (key: string, seconds: number, method: 'GET' | 'PUT') => Promise<string>;

/** For what tree and manifests are sealed. */
export const SEALED_FOR = { tree: 'trees/tree', manifests: 'trees/manifests' } as const;

/** How the caller reaches `render`. */
export interface RenderOptions {
  readonly store: ObjectStore;
  readonly linkTo: LinkTo;
  /** Faults: transient when nobody answered. */
  readonly invoke: (call: RenderCall, signal: AbortSignal) => Promise<RenderAnswer>;
  readonly chance: Chance;
}

/** Twice `render`'s timeout: it is called again once. */
const LINK_SECONDS = 180;

/** Kustomize in a function that has no rights: the tree and the manifests are handed over through `trees/` of the store. */
export function renderByCall(options: RenderOptions): Exec {
  return {
    async kustomize(tree, path, signal) {
      const place = `trees/${options.chance.uuid()}`;
      const keys = { tree: `${place}/tree`, manifests: `${place}/manifests.yaml` };
      try {
        return await handOver(options, keys, { tree, path }, signal);
      } finally {
        // What stays after a failure goes with the bucket's rule for `trees/`.
        await Promise.allSettled(Object.values(keys).map((key) => options.store.delete(key)));
      }
    },
  };
}

async function handOver(
  { store, linkTo, invoke, chance }: RenderOptions,
  keys: { readonly tree: string; readonly manifests: string },
  { tree, path }: { readonly tree: FileTree; readonly path: string },
  signal: AbortSignal,
): Promise<string> {
  const key = createHash('sha256').update(`${chance.uuid()}${chance.uuid()}`).digest();
  await store.put(keys.tree, sealBytes(key, SEALED_FOR.tree, packTree(tree)));
  const call = {
    key: key.toString('base64'),
    tree: await linkTo(keys.tree, LINK_SECONDS, 'GET'),
    manifests: await linkTo(keys.manifests, LINK_SECONDS, 'PUT'),
    path,
  };
  const answer = await invoke(call, signal).catch((error: unknown) => {
    if (signal.aborted || isFault(error, 'forbidden', 'unauthorized')) throw error;
    return invoke(call, signal);
  });
  if (!answer.ok) throw new Fault(answer.code, answer.message);
  const manifests = await store.get(keys.manifests);
  if (manifests === undefined) throw new Fault('server-error', 'render left no manifests');
  return new TextDecoder().decode(unsealBytes(key, SEALED_FOR.manifests, manifests.body));
}
