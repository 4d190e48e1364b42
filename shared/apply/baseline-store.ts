import { isFault } from '../core/failures.ts';
import type { ObjectStore } from '../ports.ts';
import type { Baseline, BaselineEntry, BaselineHeader, SkipCause } from './baseline.ts';

/** Raised whenever an older reader would misread the entry: such a baseline is as good as none. */
const FORMAT = 1;

/** The baseline as JSON, entries as tuples. */
export function serialiseBaseline({ header, entries }: Baseline): Uint8Array {
  const objects = entries.map((each) => [
    each.id,
    each.version,
    each.uid,
    each.resourceVersion,
    each.generation ?? null,
    each.entry,
    each.metadata,
    each.values,
    each.content,
    each.manifest,
    ...(each.skipped ? [each.skipped] : []),
  ]);
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, header, objects }));
}

/** The baseline, or undefined when the bytes are not one: a lost baseline only costs looks. */
export function parseBaseline(body: Uint8Array): Baseline | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isFields(value) || value.format !== FORMAT || !Array.isArray(value.objects)) return undefined;
    const header = parseHeader(value.header);
    const entries = value.objects.map(parseEntry);
    return header && entries.every((entry) => entry !== undefined) ? { header, entries } : undefined;
  } catch {
    return undefined;
  }
}

/** The stored baseline; the etag is given even when the body is unreadable, so that it can be replaced. */
export async function readBaseline(
  store: ObjectStore,
  key: string,
): Promise<{ readonly baseline: Baseline | undefined; readonly etag: string | undefined }> {
  const stored = await store.get(key);
  return { baseline: stored && parseBaseline(stored.body), etag: stored?.etag };
}

/** Replaces what was read (`etag`, absent: nothing was there); the new etag, undefined when another worker was first. */
export async function writeBaseline(
  store: ObjectStore,
  key: string,
  baseline: Baseline,
  etag: string | undefined,
): Promise<string | undefined> {
  try {
    const condition = etag ? { ifMatch: etag } : { ifAbsent: true };
    return (await store.put(key, serialiseBaseline(baseline), condition)).etag;
  } catch (error) {
    if (isFault(error, 'precondition-failed')) return undefined;
    throw error;
  }
}

const HEADER_TEXTS = ['rendered', 'owner', 'inputDigest', 'revision', 'cluster', 'serverVersion'] as const;

function parseHeader(value: unknown): BaselineHeader | undefined {
  if (!isFields(value) || !HEADER_TEXTS.every((field) => typeof value[field] === 'string')) return undefined;
  const { definitions } = value;
  if (!isFields(definitions) || !Object.values(definitions).every((each) => typeof each === 'string')) {
    return undefined;
  }
  const { remotes = [] } = value;
  if (!Array.isArray(remotes) || !remotes.every((each) => typeof each === 'string')) return undefined;
  return value as unknown as BaselineHeader;
}

const SKIP_CAUSES: readonly unknown[] = ['manifest', 'live', 'present'] satisfies SkipCause[];

function parseEntry(tuple: unknown): BaselineEntry | undefined {
  if (!Array.isArray(tuple)) return undefined;
  const [id, version, uid, resourceVersion, generation, entry, metadata, values, content, manifest, skipped] =
    tuple;
  const texts = [id, version, uid, resourceVersion, entry, metadata, values, content, manifest];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  if (generation !== null && typeof generation !== 'number') return undefined;
  if (skipped !== undefined && !SKIP_CAUSES.includes(skipped)) return undefined;
  return {
    ...{ id, version, uid, resourceVersion, entry, metadata, values, content, manifest },
    ...(generation === null ? {} : { generation }),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
