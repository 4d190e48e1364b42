import type { OCIRepository } from '../../api/oci-repository.ts';
import { areLarge } from '../../artifact/limits.ts';
import type { Packed } from '../../artifact/once.ts';
import type { RegistryAccess } from '../../oci/access.ts';
import { whoAsks } from '../../oci/credentials.ts';
import { openRegistry } from '../../oci/registry.ts';
import { nameOf } from '../../oci/repository.ts';
import type { Scope } from '../reconciler.ts';
import type { Size } from '../room.ts';
import type { Result } from '../source/seen.ts';
import { type Shared, tryShared } from '../source/share.ts';
import { timeOf } from './access.ts';
import type { Remote } from './decide.ts';
import type { SeenAll } from './observe.ts';
import { type PulledFacts, pull, refusalOf } from './pull.ts';

type Opened = NonNullable<SeenAll['opened']>;

/** Pulls what the registry has just named, once for all objects of the fleet that have the same right to it. */
export async function pullOnce(
  object: OCIRepository,
  remote: Remote,
  seen: SeenAll & { readonly opened: Opened },
  scope: Scope,
): Promise<Result<Packed<PulledFacts>>> {
  const { registry } = seen.opened;
  const shared = sharedOf(object, remote, seen);
  // A tag has been asked for; whoever names a digest has asked for nothing yet.
  const refusal = shared && object.spec.ref?.digest ? await refusalOf(object, remote, registry) : undefined;
  if (refusal !== undefined) return { trouble: refusal };
  const isLarge = areLarge([object.status?.artifact]);
  const { repository, access } = seen.opened;
  const fetch = (size: Size) => {
    // Who has waited for a turn has as much time as who has not.
    const from =
      size === 'large' ? openRegistry(repository, { ...access, signal: timeOf(object, scope) }) : registry;
    return pull(object, remote, from, size);
  };
  return tryShared(shared, scope, fetch, isLarge);
}

/** Undefined where the stored bytes are known to be bad, or nobody else becomes whom a cloud let us become. */
function sharedOf(
  { kind, spec }: OCIRepository,
  { digest }: Remote,
  { stored, opened }: SeenAll & { readonly opened: Opened },
): Shared | undefined {
  const access = accessOf(opened.access);
  if (stored === 'corrupt' || access === undefined) return undefined;
  const { ignore = null, layerSelector = {} } = spec;
  const { mediaType = '', operation = 'extract' } = layerSelector;
  const url = nameOf(opened.repository);
  return { kind, url, access, of: digest, rules: [ignore, mediaType, operation] };
}

function accessOf(access: RegistryAccess): object | undefined {
  const { http: _http, clock: _clock, signal: _signal, credentials, ...way } = access;
  const who = whoAsks(credentials);
  return who && { ...way, ...who };
}
