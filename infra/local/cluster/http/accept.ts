/** How an answer is to be written. */
export interface Format {
  readonly encoding: 'json' | 'yaml';
  /** What the objects are shown as; absent for themselves. */
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`, of what `as` names. */
  readonly metaVersion: string;
}

/** One clause of an Accept header. */
export interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

/** Media types in which resources are answered; protobuf is not built. */
export const MEDIA_TYPES = ['application/json', 'application/yaml'] as const;

const PLAIN_JSON: Format = { encoding: 'json', metaVersion: 'meta.k8s.io/v1' };
const META_VERSIONS = new Set(['v1', 'v1beta1']);
const TRANSFORMS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
/** Clients send one of a handful of headers, over and over. */
const REMEMBERED_HEADERS = 64;
const remembered = new Map<string, Format | undefined>();

/** The best format for resources that an Accept header allows; undefined when there is none. */
export function negotiate(header: string | undefined): Format | undefined {
  if (header === undefined || header === '') return PLAIN_JSON;
  if (remembered.has(header)) return remembered.get(header);
  const format = choose(parseAccept(header));
  if (remembered.size >= REMEMBERED_HEADERS) remembered.clear();
  remembered.set(header, format);
  return format;
}

/** The clauses of an Accept header, best first. */
export function parseAccept(header: string): readonly Clause[] {
  const clauses = header.split(',').map((clause): Clause => {
    const [type = '', ...pairs] = clause.split(';').map((part) => part.trim());
    const parameters: Record<string, string> = {};
    for (const pair of pairs) {
      const at = pair.indexOf('=');
      if (at > 0) parameters[pair.slice(0, at)] = pair.slice(at + 1).replaceAll('"', '');
    }
    const { q, ...others } = parameters;
    const quality = q === undefined ? 1 : Number(q);
    return { type, parameters: others, quality: Number.isNaN(quality) ? 1 : quality };
  });
  return clauses.sort((a, b) => b.quality - a.quality);
}

/** Whether `clause` allows `mediaType`, such as `application/json`. */
export function allows(clause: Clause, mediaType: string): boolean {
  return clause.type === mediaType || clause.type === 'application/*' || clause.type === '*/*';
}

function choose(clauses: readonly Clause[]): Format | undefined {
  for (const clause of clauses) {
    for (const encoding of ['json', 'yaml'] as const) {
      if (!allows(clause, `application/${encoding}`)) continue;
      const format = transformed(encoding, clause.parameters);
      if (format) return format;
    }
  }
  return undefined;
}

function transformed(
  encoding: Format['encoding'],
  { as, g: group, v: version, stream, sv }: Readonly<Record<string, string>>,
): Format | undefined {
  if (stream && stream !== 'watch') return undefined;
  if (sv && sv !== 'v1') return undefined;
  if (as === undefined && group === undefined && version === undefined) return { ...PLAIN_JSON, encoding };
  const known = TRANSFORMS.has(as ?? '') && group === 'meta.k8s.io' && META_VERSIONS.has(version ?? '');
  if (!known) return undefined;
  return { encoding, as: as as NonNullable<Format['as']>, metaVersion: `meta.k8s.io/${version}` };
}
