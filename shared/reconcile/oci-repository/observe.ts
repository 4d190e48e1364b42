import type { OCIRepository } from '../../api/oci-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { RegistryAccess } from '../../oci/access.ts';
import { chooseTag } from '../../oci/choose-tag.ts';
import { isDigest } from '../../oci/descriptor.ts';
import { openRegistry, type Registry } from '../../oci/registry.ts';
import { nameOf, type OciRepository, parseRepository } from '../../oci/repository.ts';
import type { Scope } from '../reconciler.ts';
import { addressesOf } from '../source/addresses.ts';
import { storedState } from '../source/artifacts.ts';
import type { Result } from '../source/seen.ts';
import { invalidDuration } from '../source/spec.ts';
import { readRegistryAccess } from './access.ts';
import type { Remote, Seen, Trouble } from './decide.ts';

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  readonly opened:
    | { readonly repository: OciRepository; readonly registry: Registry; readonly access: RegistryAccess }
    | undefined;
}

const DEFAULT_TAG = 'latest';

/** Looks at the store, the Secrets and, with one request for a tag, at the registry; stops where the decision is clear. */
export async function observe(object: OCIRepository, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const addresses = addressesOf(object, scope);
  const nothing = { remote: undefined, trouble: undefined, opened: undefined } as const;
  const none = { now, stored: 'none', addresses, ...nothing } as const;
  const refused = invalidDuration(object.spec);
  if (refused !== undefined) return { ...none, trouble: refused };
  const repository = repositoryIn(object);
  if ('trouble' in repository) return { ...none, ...repository };
  const stored = await storedState(object, scope);
  const access = await readRegistryAccess(object, repository.found, scope);
  if ('trouble' in access) return { ...none, stored, trouble: access.trouble };
  const registry = openRegistry(repository.found, access.found);
  const remote = await resolve(object, repository.found, registry);
  if ('trouble' in remote) return { ...none, stored, trouble: remote.trouble };
  const opened = { repository: repository.found, registry, access: access.found };
  return { ...none, stored, remote: remote.found, opened };
}

function repositoryIn({ spec }: OCIRepository): Result<OciRepository> {
  try {
    return { found: parseRepository(spec.url) };
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    const message = `URL validation failed for '${redact(spec.url)}': ${error.message}`;
    return { trouble: { condition: 'FetchFailed', reason: REASON.urlInvalid, message, stalling: true } };
  }
}

/** Digest before semver before tag (OCI-02). */
async function resolve(
  object: OCIRepository,
  repository: OciRepository,
  registry: Registry,
): Promise<Result<Remote>> {
  const { url, ref = {}, layerSelector } = object.spec;
  const name = nameOf(repository);
  if (ref.digest) {
    if (!isDigest(ref.digest))
      return pulled(`failed to determine artifact digest: unsupported digest '${ref.digest}'`);
    return { found: { revision: ref.digest, digest: ref.digest, reference: `${name}@${ref.digest}` } };
  }
  let tag = ref.tag || DEFAULT_TAG;
  if (ref.semver) {
    const rules = { semver: ref.semver, filter: ref.semverFilter, mediaType: layerSelector?.mediaType };
    try {
      tag = await chooseTag(await registry.tags(), rules);
    } catch (error) {
      if (!isFault(error)) throw error;
      const message = `failed to determine the artifact tag for '${url}': ${redact(messageOf(error))}`;
      return { trouble: { condition: 'FetchFailed', reason: REASON.readOperationFailed, message } };
    }
  }
  try {
    const digest = await registry.digestOf(tag);
    return { found: { revision: `${tag}@${digest}`, digest, reference: `${name}:${tag}` } };
  } catch (error) {
    if (!isFault(error)) throw error;
    return pulled(`failed to determine artifact digest: ${redact(messageOf(error))}`);
  }
}

function pulled(message: string): { readonly trouble: Trouble } {
  return { trouble: { condition: 'FetchFailed', reason: REASON.ociArtifactPullFailed, message } };
}
