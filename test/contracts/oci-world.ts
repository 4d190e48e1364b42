import { createHttp } from '../../shared/adapters/http/client.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { type Fault, isFault } from '../../shared/core/failures.ts';
import type { RegistryAccess } from '../../shared/oci/access.ts';
import { openRegistry, type Registry } from '../../shared/oci/registry.ts';
import { parseRepository } from '../../shared/oci/repository.ts';
import type { Http, HttpRequest } from '../../shared/ports.ts';

/** A way out as the local runtime has it. */
export function newHttp(): Http {
  return createHttp({ loopback: true, privateRanges: true });
}

/** A way out, and what went through it. */
export function watched(inner: Http = newHttp()): { readonly http: Http; readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const http: Http = {
    request: (request) => {
      asked.push(request);
      return inner.request(request);
    },
  };
  return { http, asked };
}

/** The repository of a registry on the loopback, over plain HTTP unless `more` says otherwise. */
export function repositoryAt(host: string, path: string, more: Partial<RegistryAccess> = {}): Registry {
  return openRegistry(parseRepository(`oci://${host}/${path}`), {
    http: newHttp(),
    clock: systemClock,
    credentials: undefined,
    insecure: true,
    signal: AbortSignal.timeout(30_000),
    ...more,
  });
}

/** The message of the Fault with one of `codes` that `promise` ends in. */
export async function messageOfFault(promise: Promise<unknown>, code: Fault['code']): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isFault(error, code)) return error.message;
    throw error;
  }
  throw new Error(`no fault '${code}'`);
}
