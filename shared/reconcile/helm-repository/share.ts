import type { Artifact } from '../../api/meta.ts';
import { REASON } from '../../api/vocabulary.ts';
import { loadBlob } from '../../artifact/blobs.ts';
import { areLarge, SMALL_LIMITS } from '../../artifact/limits.ts';
import type { Packed } from '../../artifact/once.ts';
import { sha256Hex } from '../../core/digests.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import { convertIndex, MAX_INDEX_BYTES } from '../../helm/index/read.ts';
import type { Scope } from '../reconciler.ts';
import { inRoom, type Size } from '../room.ts';
import type { HelmAccess } from '../source/helm-access.ts';
import type { Result, Stored } from '../source/seen.ts';
import { type Fetched, type Shared, sharingKey, tryShared, trySharedHere } from '../source/share.ts';
import type { RemoteIndex } from './remote-index.ts';
import type { WithInterval } from './static.ts';

/** What is told of an index besides its bytes. */
export interface IndexFacts {
  /** `sha256:<hex>` of the index as it was fetched. */
  readonly revision: string;
  /** What stands for its etag at this server, for this identity; empty where there is none. */
  readonly origin: string;
}

/** What came of a look at the index: the one that is stored already, or another. */
export type Looked =
  | { readonly same: true; readonly revision: string; readonly origin: string }
  | { readonly same: false; readonly index: Packed<IndexFacts> };

/** What is known of the object's own artifact. */
export interface Known {
  readonly stored: Stored;
  readonly origin?: string;
}

/** The origin of what a server gives no etag for. */
const NO_ETAG = '';

/** An index that is looked at: whose, where, as whom, and what is stored of it. */
interface Look {
  readonly scope: Scope;
  readonly remote: RemoteIndex;
  readonly known: Known;
  /** The object's artifact, as far as it is there. */
  readonly current: Artifact | undefined;
  /** Whether the index that was there before was a large one. */
  readonly isLarge: boolean;
  /** The fetch of what the server knows by this. */
  readonly by: (of: object) => Shared;
}

/**
 * Looks whether the server has another index than the stored one: by a HEAD where that tells, else by fetching it.
 * What is new is fetched once for all objects of the fleet that were told the same etag, or read once for all that
 * fetched the same bytes, as the same identity.
 */
export async function lookAt(
  object: WithInterval,
  url: string,
  { headers, ca, clientCertificate }: HelmAccess,
  remote: RemoteIndex,
  known: Known,
  scope: Scope,
): Promise<Result<Looked>> {
  const access = [headers, ca, clientCertificate];
  const by = (of: object): Shared => ({ kind: object.kind, url, access, of, rules: null });
  const current = known.stored === 'there' ? object.status?.artifact : undefined;
  const isLarge = areLarge([object.status?.artifact]);
  const look: Look = { scope, remote, known, current, isLarge, by };
  const etag = known.origin === NO_ETAG ? { found: undefined } : await remote.etag();
  if ('trouble' in etag) return etag;
  if (etag.found === undefined) return byBytes(look);
  const origin = originOf(etag.found, look);
  if (current === undefined || origin !== known.origin) return byEtag(etag.found, look);
  return { found: { same: true, revision: current.revision, origin } };
}

/** The bytes tell, as they do upstream (HR-04). */
function byBytes({ remote, current, known, by, isLarge, scope }: Look): Promise<Result<Looked>> {
  return inRoom(scope, isLarge, async (size) => {
    const whole = await remote.fetch(mostBytes(size));
    if ('trouble' in whole) return whole;
    const { bytes } = whole.found;
    const facts = { revision: revisionOf(bytes), origin: NO_ETAG };
    if (facts.revision === current?.revision) return { found: { same: true, ...facts } };
    const shared = known.stored === 'corrupt' ? undefined : by({ revision: facts.revision });
    return looked(await trySharedHere(shared, scope, async () => converted(bytes, facts)));
  });
}

function mostBytes(size: Size): number {
  return size === 'small' ? SMALL_LIMITS.packBytes : MAX_INDEX_BYTES;
}

async function byEtag(etag: string, look: Look): Promise<Result<Looked>> {
  const { remote, known, by, isLarge, scope } = look;
  const shared = known.stored === 'corrupt' ? undefined : by({ etag });
  const fetch = async (size: Size): Promise<Result<Fetched<IndexFacts>>> => {
    const whole = await remote.fetch(mostBytes(size));
    if ('trouble' in whole) return whole;
    const { bytes } = whole.found;
    const facts = { revision: revisionOf(bytes), origin: originOf(whole.found.etag, look) };
    const index = await indexOf(bytes, facts, look);
    // A server behind others may answer with an older one than it has just told of.
    const isOther = whole.found.etag !== etag;
    return 'trouble' in index || !isOther ? index : { found: { ...index.found, alone: true } };
  };
  return looked(await tryShared(shared, scope, fetch, isLarge));
}

/** What is stored already is not read again. */
async function indexOf(
  bytes: Uint8Array,
  facts: IndexFacts,
  { current, scope }: Look,
): Promise<Result<Fetched<IndexFacts>>> {
  if (facts.revision !== current?.revision) return converted(bytes, facts);
  const { body } = await loadBlob(scope.ports.store, current.digest);
  return { found: { body, digest: current.digest, size: body.byteLength, facts } };
}

function originOf(etag: string | undefined, { by, scope }: Look): string {
  return etag === undefined ? NO_ETAG : sharingKey(by({ etag }), scope);
}

function looked(fetched: Result<Packed<IndexFacts>>): Result<Looked> {
  return 'trouble' in fetched ? fetched : { found: { same: false, index: fetched.found } };
}

function revisionOf(bytes: Uint8Array): string {
  return `sha256:${sha256Hex(bytes)}`;
}

function converted(bytes: Uint8Array, facts: IndexFacts): Result<Fetched<IndexFacts>> {
  try {
    const { body, digest } = convertIndex(bytes);
    return { found: { body, digest, size: body.byteLength, facts } };
  } catch (error) {
    if (!isFault(error)) throw error;
    const problem = redact(messageOf(error));
    const message = `failed to load Helm repository from index YAML: failed to load index: ${problem}`;
    return { trouble: { condition: 'FetchFailed', reason: REASON.indexationFailed, message } };
  }
}
