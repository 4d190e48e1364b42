import { Fault, isFault } from '../core/failures.ts';
import { decryptValue } from './cipher.ts';
import type { IsEncrypted } from './rules.ts';
import { Branch, Comment, isList, type TreeValue } from './tree.ts';

interface Walk {
  readonly key: Uint8Array;
  readonly isEncrypted: IsEncrypted;
  readonly path: readonly string[];
  /** The comments before what is looked at, outermost level first; the last list grows as its level is walked. */
  readonly comments: readonly string[][];
}

/** The tree with every value decrypted that the rule calls encrypted; comments that cannot be are left as they are. Fault `malformed`, `unauthorized`. */
export function decryptTree(tree: Branch, key: Uint8Array, isEncrypted: IsEncrypted): Branch {
  return decryptBranch(tree, { key, isEncrypted, path: [], comments: [] });
}

function decryptBranch(branch: Branch, outer: Walk): Branch {
  const level: string[] = [];
  const walk = { ...outer, comments: [...outer.comments, level] };
  return new Branch(
    branch.items.map((item) => {
      if (item instanceof Comment) {
        level.push(item.text);
        return decryptComment(item, walk);
      }
      const value = decrypt(item.value, { ...walk, path: [...walk.path, item.key] });
      level.length = 0;
      return { key: item.key, value };
    }),
  );
}

function decryptList(list: readonly TreeValue[], outer: Walk): readonly TreeValue[] {
  const level: string[] = [];
  const walk = { ...outer, comments: [...outer.comments, level] };
  return list.map((item) => {
    if (item instanceof Comment) {
      level.push(item.text);
      return decryptComment(item, walk);
    }
    const value = decrypt(item, walk);
    level.length = 0;
    return value;
  });
}

function decrypt(value: TreeValue, walk: Walk): TreeValue {
  if (value === null) return null;
  if (value instanceof Branch) return decryptBranch(value, walk);
  if (isList(value)) return decryptList(value, walk);
  if (!walk.isEncrypted(walk.path, walk.comments, false)) return value;
  const at = walk.path.join('.');
  if (typeof value !== 'string') {
    throw new Fault('malformed', `${at}: Expected encrypted value as string, but got ${typeof value}`);
  }
  try {
    return decryptValue(value, walk.key, placeOf(walk));
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `${at}: Could not decrypt value: ${error.message}`, error.data, error);
  }
}

/** Old versions of SOPS did not encrypt comments. */
function decryptComment(comment: Comment, walk: Walk): Comment {
  if (!walk.isEncrypted(walk.path, walk.comments, true)) return comment;
  try {
    const value = decryptValue(comment.text, walk.key, placeOf(walk));
    const text = value instanceof Comment ? value.text : String(value);
    return new Comment(text, value instanceof Comment ? false : comment.inline);
  } catch (error) {
    if (!isFault(error)) throw error;
    return comment;
  }
}

/** What authenticates a value besides its key. */
function placeOf({ path }: Walk): string {
  return `${path.join(':')}:`;
}
