/** A revision taken apart: `main@sha1:abc` is `main`, `sha1`, `abc`. */
export interface Revision {
  /** Branch, tag or reference; empty when there is none. */
  readonly human: string;
  readonly algorithm: string;
  readonly hex: string;
}

/** `<human>@<algorithm>:<hex>`, or `<algorithm>:<hex>` without a human part. */
export function formatRevision({ human, algorithm, hex }: Revision): string {
  return human === '' ? `${algorithm}:${hex}` : `${human}@${algorithm}:${hex}`;
}

/** Reads today's form and the one before Flux 2.0: `main/<hex>`, `HEAD/<hex>`, `<hex>`. */
export function parseRevision(text: string): Revision {
  const colon = text.lastIndexOf(':');
  if (colon === -1) return parseLegacy(text);
  const named = text.slice(0, colon);
  const at = named.lastIndexOf('@');
  return {
    human: at === -1 ? '' : named.slice(0, at),
    algorithm: named.slice(at + 1),
    hex: text.slice(colon + 1),
  };
}

/** The same revision in today's form: what revisions of any age are compared in. */
export function canonicalRevision(text: string): string {
  return text === '' ? '' : formatRevision(parseRevision(text));
}

function parseLegacy(text: string): Revision {
  const slash = text.lastIndexOf('/');
  const human = text.slice(0, Math.max(slash, 0));
  const hex = text.slice(slash + 1);
  // by its length, as upstream guesses it
  const algorithm = hex.length === 40 ? 'sha1' : '<unknown>';
  return { human: human === 'HEAD' ? '' : human, algorithm, hex };
}
