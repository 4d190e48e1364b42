import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault } from '../core/failures.ts';
import { withoutValues } from '../core/redaction.ts';
import type { HttpAnswer } from '../ports.ts';
import type { RegistryAccess, Session } from './access.ts';
import type { RegistryCredentials } from './credentials.ts';
import { type Descriptor, isDigest, refuseOtherBytes } from './descriptor.ts';
import { faultOf } from './faults.ts';
import { isIndex, MANIFESTS, parseIndex, type RawManifest } from './manifest.ts';
import { nameOf, type OciRepository } from './repository.ts';
import { ask, openSession } from './session.ts';
import { eachPage, listTags } from './tags.ts';

/**
 * One repository of a registry, as one identity. Faults: those of the Http port, `unauthorized`, `not-found`,
 * `throttled`, `server-error`, `malformed` (what it says is not what was announced), `too-large`.
 */
export interface Registry {
  /** The digest that a tag stands for: a HEAD, and a GET only where the answer does not tell. */
  digestOf(tag: string): Promise<string>;
  /** By tag or digest; bytes that a digest does not name are a Fault. */
  manifest(reference: string): Promise<RawManifest>;
  /** Fault `too-large` above `maxBytes`, also when only announced. */
  blob(descriptor: Descriptor, maxBytes: number): Promise<Uint8Array>;
  /** Every tag, all pages. */
  tags(): Promise<readonly string[]>;
  /** What refers to a manifest, by the referrers API or the tag that stands in for it. */
  referrers(digest: string): Promise<readonly Descriptor[]>;
}

const ACCEPT = Object.values(MANIFESTS).join(', ');
/** The distribution specification: what a registry must take at least, and what most take at most. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** Ours: of a HEAD's answer, or of a refusal instead of a small blob. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Opens a repository; nothing is asked yet. */
export function openRegistry(repository: OciRepository, access: RegistryAccess): Registry {
  const session = openSession(repository, access);
  const secrets = secretsOf(access.credentials);
  const discreetly = <T>(answer: Promise<T>): Promise<T> => discreet(secrets, answer);
  return {
    digestOf: (tag) => discreetly(digestOf(session, tag)),
    manifest: (reference) => discreetly(manifest(session, reference)),
    blob: (descriptor, maxBytes) => discreetly(blob(session, descriptor, maxBytes)),
    tags: () => discreetly(listTags(session)),
    referrers: (digest) => discreetly(referrers(session, digest)),
  };
}

/** Registries say what they like, also what was sent to them: never pass that on. */
async function discreet<T>(secrets: readonly string[], answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, withoutValues(error.message, secrets), error.data, error.cause);
  }
}

async function digestOf(session: Session, tag: string): Promise<string> {
  const path = `manifests/${encodeURIComponent(tag)}`;
  const answer = await ask(session, { method: 'HEAD', path, accept: ACCEPT, maxBytes: MAX_REFUSAL_BYTES });
  const digest = answer.headers['docker-content-digest'];
  if (answer.status === 200 && digest !== undefined && isDigest(digest)) return digest;
  if (answer.status === 401 || answer.status === 429) throw faultOf(answer, about(session, tag));
  return (await manifest(session, tag)).digest;
}

async function manifest(session: Session, reference: string): Promise<RawManifest> {
  const path = `manifests/${isDigest(reference) ? reference : encodeURIComponent(reference)}`;
  const answer = await ask(session, { method: 'GET', path, accept: ACCEPT, maxBytes: MAX_MANIFEST_BYTES });
  if (answer.status !== 200) throw faultOf(answer, about(session, reference));
  if (isDigest(reference)) refuseOtherBytes(answer.body, reference, 'the manifest');
  return { bytes: answer.body, digest: `sha256:${sha256Hex(answer.body)}`, mediaType: mediaTypeOf(answer) };
}

async function blob(session: Session, { digest, size }: Descriptor, maxBytes: number): Promise<Uint8Array> {
  if (size > maxBytes) throw tooLarge(digest, size, maxBytes);
  // Some registries answer a refusal with more than a small blob has.
  const answer = await ask(session, {
    method: 'GET',
    path: `blobs/${digest}`,
    maxBytes: Math.max(size, MAX_REFUSAL_BYTES),
  });
  if (answer.status !== 200) throw faultOf(answer, `blob ${digest}`);
  if (answer.body.byteLength !== size)
    throw new Fault(
      'malformed',
      `blob ${digest} has ${answer.body.byteLength} bytes, not ${size} as announced`,
      {
        digest,
      },
    );
  refuseOtherBytes(answer.body, digest, 'the blob');
  return answer.body;
}

async function referrers(session: Session, digest: string): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  const isServed = await eachPage(session, `referrers/${digest}`, MANIFESTS.index, (page) => {
    found.push(...parseIndex({ bytes: page.body, digest, mediaType: mediaTypeOf(page) }));
  });
  if (isServed) return found;
  try {
    const index = await manifest(session, digest.replace(':', '-'));
    return isIndex(index) ? parseIndex(index) : [];
  } catch (error) {
    if (isFault(error, 'not-found')) return [];
    throw error;
  }
}

function mediaTypeOf({ headers }: HttpAnswer): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function about({ repository }: Session, reference: string): string {
  return `manifest '${reference}' of ${nameOf(repository)}`;
}

function tooLarge(digest: string, size: number, limit: number): Fault {
  return new Fault('too-large', `blob ${digest} has ${size} bytes; at most ${limit} are taken`, { limit });
}

function secretsOf(credentials: RegistryCredentials | undefined): readonly string[] {
  if (credentials === undefined) return [];
  if (credentials.kind !== 'basic') return [credentials.token];
  const { username, password } = credentials;
  return [password, `${username}:${password}`];
}
