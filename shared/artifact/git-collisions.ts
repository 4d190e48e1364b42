import { Fault, isFault } from '../core/failures.ts';
import { isMadeToCollide } from '../core/sha1-collision.ts';
import type { Directory } from './directory.ts';
import { type GitObject, hexId, objectId } from './pack.ts';
import type { Checkout } from './pack-commit.ts';

/** Whether an object's id may as well be that of another object. */
export type IsForged = (object: GitObject) => boolean;

/** By what git itself looks for. */
export function isForged({ type, data }: GitObject): boolean {
  return isMadeToCollide(Buffer.from(`${type} ${data.length}\0`), data);
}

/** What a signature vouches for by ids alone: whoever made one of these to collide could put the other in its place. Fault `malformed`. */
export function refuseForged(objects: Iterable<GitObject>, forged: IsForged = isForged): void {
  const seen = new Set<Buffer>();
  for (const object of objects) {
    // One file may be at many places.
    if (seen.has(object.data)) continue;
    seen.add(object.data);
    const problem = problemWith(object, forged);
    if (problem === undefined) continue;
    const [id, { type }] = [hexId(objectId(object)), object];
    throw new Fault('malformed', `the ${type} ${id} ${problem}`, { id, type, about: 'signature' });
  }
}

function problemWith(object: GitObject, forged: IsForged): string | undefined {
  try {
    if (!forged(object)) return undefined;
    return 'was made to have the SHA-1 of another one: a signature proves nothing for it';
  } catch (error) {
    if (!isFault(error, 'too-large')) throw error;
    return `cannot be told from one that was made to have the SHA-1 of another: ${error.message}`;
  }
}

/** All that a commit's signature reaches, but for submodules. */
export function* objectsOf({ frame, tree }: Pick<Checkout, 'frame' | 'tree'>): Generator<GitObject> {
  yield* frame;
  yield* filesOf(tree.root);
}

function* filesOf({ children }: Directory): Generator<GitObject> {
  for (const child of children.values())
    if (child.kind === 'directory') yield* filesOf(child);
    else yield { type: 'blob', data: child.data };
}
