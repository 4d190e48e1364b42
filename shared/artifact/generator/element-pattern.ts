/** Whether Go's `path.Match` would call `pattern` malformed. */
export function isBadPattern(pattern: string): boolean {
  const text = [...pattern];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') {
      at++;
      if (at >= text.length) return true;
    } else if (text[at] === '[') {
      const end = endOfClass(text, at + 1);
      if (end === undefined) return true;
      at = end;
    }
  }
  return false;
}

/** Whether a path has characters that `path.Match` gives a meaning. */
export function hasMeta(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/** The index of the closing bracket. */
function endOfClass(text: readonly string[], start: number): number | undefined {
  let at = text[start] === '^' ? start + 1 : start;
  for (let members = 0; ; members++) {
    if (text[at] === ']' && members > 0) return at;
    const next = afterMember(text, at);
    if (next === undefined) return undefined;
    at = next;
    if (text[at] !== '-') continue;
    const last = afterMember(text, at + 1);
    if (last === undefined) return undefined;
    at = last;
  }
}

/** A member of a class must be followed by something. */
function afterMember(text: readonly string[], at: number): number | undefined {
  if (text[at] === undefined || text[at] === '-' || text[at] === ']') return undefined;
  const index = text[at] === '\\' ? at + 1 : at;
  return index + 1 < text.length ? index + 1 : undefined;
}
