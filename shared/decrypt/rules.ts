/** Which values of a file are encrypted; one rule at most. */
export interface Rules {
  readonly unencryptedSuffix?: string;
  readonly encryptedSuffix?: string;
  readonly unencryptedRegex?: string;
  readonly encryptedRegex?: string;
  readonly unencryptedCommentRegex?: string;
  readonly encryptedCommentRegex?: string;
}

/** The comments that stand before a value, one list for each level. */
export type Comments = readonly (readonly string[])[];

/** Whether what stands at `path` is encrypted. */
export type IsEncrypted = (path: readonly string[], comments: Comments, isComment: boolean) => boolean;

/** Finds out whether an expression of Go's matches somewhere in a text; one that cannot be understood matches nothing. */
export type Matcher = (text: string) => boolean;

/** A file's rule as a function; `compile` knows Go's expressions, and takes no longer for hostile ones. */
export async function rule(
  rules: Rules,
  compile: (expression: string) => Promise<Matcher>,
): Promise<IsEncrypted> {
  const { unencryptedSuffix, encryptedSuffix, unencryptedRegex, encryptedRegex } = rules;
  if (unencryptedSuffix) return (path) => !path.some((key) => key.endsWith(unencryptedSuffix));
  if (encryptedSuffix) return (path) => path.some((key) => key.endsWith(encryptedSuffix));
  if (unencryptedRegex) {
    const matches = await compile(unencryptedRegex);
    return (path) => !path.some(matches);
  }
  if (encryptedRegex) {
    const matches = await compile(encryptedRegex);
    return (path) => path.some(matches);
  }
  return commentRule(rules, compile);
}

async function commentRule(
  { unencryptedCommentRegex, encryptedCommentRegex }: Rules,
  compile: (expression: string) => Promise<Matcher>,
): Promise<IsEncrypted> {
  if (unencryptedCommentRegex) {
    const matches = await compile(unencryptedCommentRegex);
    return (_, comments) => !comments.some((level) => level.some(matches));
  }
  if (!encryptedCommentRegex) return () => true;
  const matches = await compile(encryptedCommentRegex);
  // The comment that asks for encryption is not encrypted itself.
  return (_, comments, isComment) =>
    comments
      .map((level, at) => (isComment && at === comments.length - 1 ? level.slice(0, -1) : level))
      .some((level) => level.some(matches));
}
