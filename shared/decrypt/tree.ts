/** A comment of a file; SOPS encrypts those, too. */
export class Comment {
  readonly text: string;
  /** Behind a value, on its line. */
  readonly inline: boolean;

  constructor(text: string, inline = false) {
    this.text = text;
    this.inline = inline;
  }
}

/** An instant that YAML or SOPS told apart from text. */
export class Instant {
  /** As it was written. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A mapping in the order of its file, in which a key may stand twice, and comments stand between the entries. */
export class Branch {
  readonly items: readonly (Entry | Comment)[];

  constructor(items: readonly (Entry | Comment)[]) {
    this.items = items;
  }
}

/** One entry of a mapping. */
export interface Entry {
  readonly key: string;
  readonly value: TreeValue;
}

/** What SOPS knows as a value: whole numbers are bigints, and broken ones numbers; text that is no UTF-8 is bytes. */
export type TreeValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | Uint8Array
  | Instant
  | Comment
  | Branch
  | readonly TreeValue[];

/** The entries of a branch, without comments. */
export function entriesOf(branch: Branch): readonly Entry[] {
  return branch.items.filter((item): item is Entry => !(item instanceof Comment));
}

/** Whether a value is a list. */
export function isList(value: TreeValue): value is readonly TreeValue[] {
  return Array.isArray(value);
}
