/** A part of a path's element: text, or what a name stands for. */
export type Piece = { readonly literal: string } | { readonly capture: string };

/**
 * What the captures take of `name`, each one character or more and the first ones most, as a regular expression would;
 * undefined when it does not fit. Each place is tried once for each piece.
 */
export function captureSegment(
  pieces: readonly Piece[],
  name: string,
): Readonly<Record<string, string>> | undefined {
  const failed = new Set<number>();
  const captures: [string, string][] = [];
  const fits = (index: number, from: number): boolean => {
    const piece = pieces[index];
    if (piece === undefined) return from === name.length;
    const key = index * (name.length + 1) + from;
    if (failed.has(key)) return false;
    if ('literal' in piece) {
      if (name.startsWith(piece.literal, from) && fits(index + 1, from + piece.literal.length)) return true;
    } else {
      for (let to = name.length; to > from; to--) {
        if (!fits(index + 1, to)) continue;
        captures.push([piece.capture, name.slice(from, to)]);
        return true;
      }
    }
    failed.add(key);
    return false;
  };
  if (pieces.length === 0 || !fits(0, 0)) return undefined;
  return Object.fromEntries(captures.reverse());
}
