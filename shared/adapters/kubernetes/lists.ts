import { Fault, isFault } from '../../core/failures.ts';
import type { Collection, KubernetesObject, ListOptions, ObjectList } from '../../ports.ts';

/** Objects asked for in one page: kubectl's and client-go's chunk size. */
export const PAGE_SIZE = 500;
/** How much smaller the next try is when a page was larger than an answer may be. */
const PAGE_SHRINK = 10;

/** Answers as Kubernetes lists are served; items of built-in kinds lack `apiVersion` and `kind`. */
interface Page {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Partial<KubernetesObject>[] | null;
}

/** Fetches one page; the query is ready to append to the collection's path. */
export type PageReader = (query: string) => Promise<unknown>;

/** Every page or a Fault; a continue token that expired on the way starts the list over, once. */
export async function readAllPages(
  collection: Collection,
  options: ListOptions,
  read: PageReader,
  maxListed = Number.POSITIVE_INFINITY,
): Promise<ObjectList> {
  try {
    return await readPages(collection, options, read, maxListed);
  } catch (error) {
    if (!isFault(error, 'gone')) throw error;
    return readPages(collection, options, read, maxListed);
  }
}

async function readPages(
  collection: Collection,
  options: ListOptions,
  read: PageReader,
  maxListed: number,
): Promise<ObjectList> {
  const items: KubernetesObject[] = [];
  let resourceVersion: string | undefined;
  let next: string | undefined;
  let limit = PAGE_SIZE;
  do {
    let page: Page;
    try {
      page = (await read(pageQuery(options, limit, next))) as Page;
    } catch (error) {
      if (!isFault(error, 'too-large') || limit === 1) throw error;
      limit = Math.ceil(limit / PAGE_SHRINK);
      continue;
    }
    const { items: found, metadata } = page;
    if (!metadata?.resourceVersion || !(found === null || Array.isArray(found))) throw notAList(collection);
    for (const item of found ?? []) items.push(named(collection, item));
    if (items.length > maxListed) throw tooMany(collection, maxListed);
    resourceVersion ??= metadata.resourceVersion;
    next = metadata.continue;
  } while (next || resourceVersion === undefined);
  return { resourceVersion, items };
}

/** The object with the collection's `apiVersion` and `kind`, which lists leave out and metadata lists give as PartialObjectMetadata. */
export function named(collection: Collection, item: Partial<KubernetesObject>): KubernetesObject {
  const { apiVersion, kind } = collection;
  return { ...item, apiVersion, kind } as KubernetesObject;
}

function pageQuery(options: ListOptions, limit: number, next: string | undefined): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (options.labelSelector) query.set('labelSelector', options.labelSelector);
  if (options.fieldSelector) query.set('fieldSelector', options.fieldSelector);
  if (next) query.set('continue', next);
  return `?${query}`;
}

function tooMany({ kind }: Collection, maxListed: number): Fault {
  return new Fault('too-large', `the server lists more than ${maxListed} objects of kind ${kind}`, {
    maxListed,
  });
}

function notAList(collection: Collection): Fault {
  const { apiVersion, kind } = collection;
  const text = `the server sent a list of ${kind} that cannot be read`;
  return new Fault('malformed', text, { apiVersion, kind });
}
