import { Fault, isFault } from '../core/failures.ts';
import type { ObjectStore } from '../ports.ts';

/** Where an object store says which deployment it belongs to. */
export const STORE_OWNER_KEY = 'deployment.json';

/** The id of the deployment that the store belongs to; undefined while nobody has claimed it. */
export async function storeOwner(store: ObjectStore): Promise<string | undefined> {
  const stored = await store.get(STORE_OWNER_KEY);
  return stored && ownerIn(new TextDecoder().decode(stored.body));
}

/** False while nobody has claimed the store. Fault `conflict` when it is another deployment's, by mistake or left over. */
export async function isOwnStore(store: ObjectStore, deployment: string): Promise<boolean> {
  const owner = await storeOwner(store);
  if (owner !== undefined && owner !== deployment) throw foreignStore(owner, deployment);
  return owner !== undefined;
}

/** Makes the store this deployment's unless it is somebody's already. Fault `conflict` as {@link isOwnStore}. */
export async function claimStore(store: ObjectStore, deployment: string): Promise<void> {
  if (await isOwnStore(store, deployment)) return;
  const body = new TextEncoder().encode(`${JSON.stringify({ deployment })}\n`);
  try {
    await store.put(STORE_OWNER_KEY, body, { ifAbsent: true });
  } catch (error) {
    if (!isFault(error, 'precondition-failed', 'conflict')) throw error;
    await isOwnStore(store, deployment);
  }
}

function foreignStore(owner: string, deployment: string): Fault {
  const text = `the object store belongs to deployment ${owner}, and this is ${deployment}: nothing is done, as two deployments must not share one; give this one a store of its own or, when the other is gone for good, delete ${STORE_OWNER_KEY} in the store`;
  return new Fault('conflict', text, { owner, deployment });
}

/** What cannot be read is nobody's word, but not ours either. */
function ownerIn(text: string): string {
  try {
    const { deployment } = JSON.parse(text) as { readonly deployment?: unknown };
    if (typeof deployment === 'string' && deployment !== '') return deployment;
  } catch {
    // Said by the name that is no deployment's.
  }
  return 'unknown';
}
