import { sha256Hex } from '../core/digests.ts';
import { Fault } from '../core/failures.ts';

/** What a manifest says of something else in its repository. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:<hex>`. */
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

/** Whether it is a digest that can be held against bytes. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** Fault `malformed` when the bytes are not those that `digest` names. */
export function refuseOtherBytes(bytes: Uint8Array, digest: string, what: string): void {
  const computed = `sha256:${sha256Hex(bytes)}`;
  if (computed === digest) return;
  throw new Fault('malformed', `${what} has digest ${computed}, not ${digest} as announced`, { digest });
}

/** The descriptor in parsed JSON. Fault `malformed`. */
export function descriptorOf(value: unknown, what: string): Descriptor {
  if (!isRecord(value)) throw malformed(what, 'is not an object');
  const { mediaType, digest, size, artifactType, platform } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) throw malformed(what, 'has no sha256 digest');
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw malformed(what, 'has no size');
  const annotations = annotationsOf(value.annotations);
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest,
    size: size as number,
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(annotations !== undefined && { annotations }),
    ...(isRecord(platform) && { platform: platformOf(platform) }),
  };
}

/** Annotations that are text, without a prototype: any name may be one. */
export function annotationsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(value)) return undefined;
  const texts: Record<string, string> = Object.create(null);
  for (const [key, text] of Object.entries(value)) if (typeof text === 'string') texts[key] = text;
  return { ...texts };
}

/** Whether it is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function platformOf({ os, architecture }: Readonly<Record<string, unknown>>) {
  return {
    ...(typeof os === 'string' && { os }),
    ...(typeof architecture === 'string' && { architecture }),
  };
}

function malformed(what: string, why: string): Fault {
  return new Fault('malformed', `${what} ${why}`);
}
