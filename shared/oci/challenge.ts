/** What a registry asks for, by its header `WWW-Authenticate`. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string };

/** One challenge at least begins here; the rest of a header that long is none of ours. */
const MAX_HEADER = 4096;
const PARAMETER = /([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;

/** The first challenge that can be answered, Bearer before Basic as registries offer both; undefined when there is none. */
export function parseChallenge(header: string): Challenge | undefined {
  const found = readChallenges(header.slice(0, MAX_HEADER));
  const bearer = found.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer !== undefined) {
    const service = bearer.parameters.get('service');
    const realm = bearer.parameters.get('realm') ?? '';
    return { scheme: 'bearer', realm, ...(service !== undefined && { service }) };
  }
  return found.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface Offered {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

function readChallenges(text: string): readonly Offered[] {
  const found: Offered[] = [];
  for (let at = 0; at < text.length; ) {
    const separator = /[\s,]+/y;
    separator.lastIndex = at;
    at += separator.exec(text)?.[0].length ?? 0;
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(text);
    if (parameter !== null) {
      const [all, name = '', quoted, plain = ''] = parameter;
      found.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
      at += all.length;
      continue;
    }
    const scheme = /[A-Za-z][A-Za-z0-9-]*/y;
    scheme.lastIndex = at;
    const word = scheme.exec(text)?.[0];
    if (word === undefined) return found;
    found.push({ scheme: word.toLowerCase(), parameters: new Map() });
    at += word.length;
  }
  return found;
}
