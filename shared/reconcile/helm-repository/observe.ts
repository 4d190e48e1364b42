import type { HelmRepository } from '../../api/helm-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import type { Packed } from '../../artifact/once.ts';
import { isFault } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import { indexUrl, isOciUrl } from '../../helm/repository-url.ts';
import type { Scope } from '../reconciler.ts';
import { addressesOf } from '../source/addresses.ts';
import { storedOrigin } from '../source/artifacts.ts';
import { readHelmAccess } from '../source/helm-access.ts';
import type { Result } from '../source/seen.ts';
import { invalidDuration } from '../source/spec.ts';
import type { Seen, Trouble } from './decide.ts';
import { openIndex } from './remote-index.ts';
import { type IndexFacts, lookAt } from './share.ts';
import type { WithInterval } from './static.ts';

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  /** The index when it may be another than the stored one. */
  readonly index: Packed<IndexFacts> | undefined;
  /** What is to be noted of the stored one: it is known by something else than it was. */
  readonly origin: string | undefined;
}

const NOTHING = { revision: undefined, trouble: undefined, index: undefined, origin: undefined } as const;

/** Looks at the store, the Secrets and the index, which is fetched where it may be another. */
export async function observe(object: WithInterval, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const addresses = addressesOf(object, scope);
  const none = { now, stored: 'none', addresses, ...NOTHING } as const;
  const invalid = invalidDuration(object.spec);
  if (invalid !== undefined) return { ...none, trouble: invalid };
  const known = await storedOrigin(object, scope);
  const { stored } = known;
  const address = addressOf(object.spec.url);
  if ('trouble' in address) return { ...none, stored, trouble: address.trouble };
  const access = await readHelmAccess(object, scope);
  if ('trouble' in access) return { ...none, stored, trouble: access.trouble };
  if (access.found.deprecated) warnOfDeprecation(object, scope);
  const remote = openIndex(object, address.found, access.found, scope);
  const looked = await lookAt(object, address.found, access.found, remote, known, scope);
  if ('trouble' in looked) return { ...none, stored, trouble: looked.trouble };
  const { revision, origin } = looked.found.same ? looked.found : looked.found.index.facts;
  const index = looked.found.same ? undefined : looked.found.index;
  return { ...none, stored, revision, index, ...(origin !== known.origin && { origin }) };
}

function addressOf(url: string): Result<string> {
  const problem = "'oci' URL scheme cannot be used with 'default' HelmRepository type";
  if (isOciUrl(url)) return stalled(problem);
  try {
    return { found: indexUrl(url) };
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return stalled(`'${redact(url)}' is not a URL`);
  }
}

function stalled(problem: string): { readonly trouble: Trouble } {
  const message = `invalid Helm repository URL: ${problem}`;
  return { trouble: { condition: 'FetchFailed', reason: REASON.urlInvalid, message, stalling: true } };
}

function warnOfDeprecation({ metadata }: HelmRepository, { ports }: Scope): void {
  const message =
    'specifying TLS authentication data via `.spec.secretRef` is deprecated, please use `.spec.certSecretRef` instead';
  ports.log.warn(message, { kind: 'HelmRepository', namespace: metadata.namespace, name: metadata.name });
}
