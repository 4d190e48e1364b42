import type { ObjectStore } from '../ports.ts';
import { addressDigest, repositoryAddress } from './repository-address.ts';

/** An object whose source is a repository. */
export interface IndexedObject {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** `urls/<digest of the address>/<cluster>/<kind>/<namespace>/<name>`: a key an object, so that writers never meet. */
const BY_REPOSITORY = 'urls/';
/** `urls/objects/<cluster>/...` holds the digest that an object is kept under. */
const BY_OBJECT = 'urls/objects/';

/** Sees to it that the object is found by its repository's URL, and by no other; one read when it is. */
export async function keepRepository(store: ObjectStore, object: IndexedObject, url: string): Promise<void> {
  const address = repositoryAddress(url);
  if (address === undefined) return forgetRepository(store, object);
  const digest = addressDigest(address);
  const key = `${BY_REPOSITORY}${digest}/${pathOf(object)}`;
  if ((await store.head(key)) !== undefined) return;
  const before = await digestOf(store, object);
  if (before !== undefined && before !== digest)
    await store.delete(`${BY_REPOSITORY}${before}/${pathOf(object)}`);
  // The key that is looked at comes last: whatever breaks off before is done again.
  await store.put(BY_OBJECT + pathOf(object), new TextEncoder().encode(digest));
  await store.put(key, new TextEncoder().encode(address));
}

/** Takes the object out of the index. */
export async function forgetRepository(store: ObjectStore, object: IndexedObject): Promise<void> {
  const digest = await digestOf(store, object);
  if (digest === undefined) return;
  await store.delete(`${BY_REPOSITORY}${digest}/${pathOf(object)}`);
  await store.delete(BY_OBJECT + pathOf(object));
}

/** Takes all objects of a cluster out of the index. */
export async function forgetRepositoriesOf(store: ObjectStore, cluster: string): Promise<void> {
  for await (const { key } of store.list(`${BY_OBJECT}${cluster}/`)) {
    const object = parsePath(key.slice(BY_OBJECT.length));
    if (object !== undefined) await forgetRepository(store, object);
  }
}

/** The objects of all clusters whose repository has the address with that digest. */
export async function objectsOf(store: ObjectStore, digest: string): Promise<readonly IndexedObject[]> {
  const prefix = `${BY_REPOSITORY}${digest}/`;
  const found: IndexedObject[] = [];
  for await (const { key } of store.list(prefix)) {
    const object = parsePath(key.slice(prefix.length));
    if (object !== undefined) found.push(object);
  }
  return found;
}

async function digestOf(store: ObjectStore, object: IndexedObject): Promise<string | undefined> {
  const stored = await store.get(BY_OBJECT + pathOf(object));
  const text = new TextDecoder().decode(stored?.body);
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

function pathOf({ cluster, kind, namespace, name }: IndexedObject): string {
  return `${cluster}/${kind}/${namespace}/${name}`;
}

function parsePath(path: string): IndexedObject | undefined {
  const [cluster, kind, namespace, name, ...more] = path.split('/');
  if (!cluster || !kind || !namespace || !name || more.length > 0) return undefined;
  return { cluster, kind, namespace, name };
}
