import { Fault } from '../core/failures.ts';
import type { HttpAnswer } from '../ports.ts';
import type { Session } from './access.ts';
import { isRecord } from './descriptor.ts';
import { faultOf } from './faults.ts';
import { nameOf } from './repository.ts';
import { ask } from './session.ts';

/** As go-containerregistry asks, hence Flux; registries may choose less. */
const PAGE = 1000;
/** Ours: bytes of a page; 1000 tags of 128 characters, with room for registries that send all at once. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
/** Ours: of all pages. */
const MAX_LISTING_BYTES = 2 * MAX_PAGE_BYTES;
/** Ours: ten times the tags of the largest public repositories. */
const MAX_TAGS = 200_000;
/** Ours: a registry that answers with ten tags a page still comes to its end for a fair repository. */
const MAX_PAGES = 2000;

/** Every tag, in the registry's order, each once. Faults: `not-found`, `too-large`, `malformed` (a listing that does not end). */
export async function listTags(session: Session): Promise<readonly string[]> {
  const tags = new Set<string>();
  const name = nameOf(session.repository);
  const isThere = await eachPage(session, `tags/list?n=${PAGE}`, 'application/json', (page) => {
    for (const tag of tagsOf(page)) tags.add(tag);
    if (tags.size > MAX_TAGS)
      throw new Fault('too-large', `${name} has more than ${MAX_TAGS} tags`, { limit: MAX_TAGS });
  });
  if (isThere) return [...tags];
  throw new Fault('not-found', `there is no repository ${name}`, { status: 404 });
}

/** Reads a listing page by page, by its `Link` headers; false when there is no such listing. */
export async function eachPage(
  session: Session,
  first: string,
  accept: string,
  read: (page: HttpAnswer) => void,
): Promise<boolean> {
  const asked = new Set<string>();
  let bytes = 0;
  for (let path: string | undefined = first; path !== undefined; ) {
    if (asked.has(path) || asked.size >= MAX_PAGES) throw endless(session);
    const answer = await ask(session, { method: 'GET', path, accept, maxBytes: MAX_PAGE_BYTES });
    if (asked.size === 0 && isAbsent(first, answer)) return false;
    if (answer.status !== 200) throw faultOf(answer, `listing of ${nameOf(session.repository)}`);
    asked.add(path);
    bytes += answer.body.byteLength;
    if (bytes > MAX_LISTING_BYTES)
      throw new Fault('too-large', `the listing of ${nameOf(session.repository)} is too long`, {});
    read(answer);
    path = nextPath(session, answer);
  }
  return true;
}

/** A registry without the referrers API may say so in more than one way. */
function isAbsent(path: string, { status }: HttpAnswer): boolean {
  if (status === 404) return true;
  const isRefusal = status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429;
  return path.startsWith('referrers/') && isRefusal;
}

function tagsOf(page: HttpAnswer): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(page.body).toString());
  } catch {
    throw new Fault('malformed', `${new URL(page.url).host} lists tags in something that is not JSON`);
  }
  const tags = isRecord(value) ? (value.tags ?? []) : undefined;
  if (!Array.isArray(tags)) throw new Fault('malformed', `${new URL(page.url).host} does not list tags`);
  return tags.filter((tag) => typeof tag === 'string');
}

/** What comes next, below this repository: a page of anything else is none of ours. */
function nextPath({ repository }: Session, { headers, url }: HttpAnswer): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.link ?? '')?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, url);
  const base = `/v2/${repository.path}/`;
  if (next === null || next.host !== new URL(url).host || !next.pathname.startsWith(base))
    throw new Fault('malformed', `${new URL(url).host} names a next page elsewhere`);
  return next.pathname.slice(base.length) + next.search;
}

function endless({ repository }: Session): Fault {
  return new Fault('malformed', `the listing of ${nameOf(repository)} does not come to its end`);
}
