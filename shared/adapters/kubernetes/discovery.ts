import { Fault } from '../../core/failures.ts';
import { groupOf } from '../../core/kubernetes-object.ts';
import type { ApiResource } from '../../ports.ts';
import { answerFault } from './faults.ts';
import type { ApiRequest } from './transport.ts';

/** How long the kinds of one group version are believed, in milliseconds; a miss or an unknown path looks again sooner. */
export const DISCOVERY_TTL_MS = 10 * 60_000;

/** What this server serves, asked a group version at a time. */
export interface Discovery {
  /** Undefined after a fresh look. Faults: those of one GET (an aggregated API that is down is not an absent kind). */
  find(kind: { readonly apiVersion: string; readonly kind: string }): Promise<ApiResource | undefined>;
  forget(apiVersion?: string): void;
}

interface Entry {
  readonly asked: number;
  readonly resources: Promise<ReadonlyMap<string, ApiResource>>;
}

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
}

/**
 * `GET /apis/<group>/<version>` when first needed, not the aggregated document: one small request for a kind (4 KB
 * against 150 KB and more with many CRDs), and every served version of Kubernetes answers it.
 */
export function createDiscovery(
  call: (request: ApiRequest) => Promise<{ readonly status: number; readonly text: string }>,
  now: () => number = () => performance.now(),
): Discovery {
  const known = new Map<string, Entry>();

  async function read(apiVersion: string): Promise<ReadonlyMap<string, ApiResource>> {
    const path = groupVersionPath(apiVersion);
    const answer = await call({ method: 'GET', path, repeatable: true });
    if (answer.status === 404) return new Map();
    if (answer.status !== 200) throw answerFault(answer, { method: 'GET', path });
    return parseResources(apiVersion, answer.text, path);
  }

  function look(apiVersion: string): Entry {
    const entry = { asked: now(), resources: read(apiVersion) };
    known.set(apiVersion, entry);
    entry.resources.catch(() => {
      if (known.get(apiVersion) === entry) known.delete(apiVersion);
    });
    return entry;
  }

  return {
    async find({ apiVersion, kind }) {
      // Manifests come from tenants, and this becomes a path.
      if (!API_VERSION.test(apiVersion)) return undefined;
      const began = now();
      let entry = known.get(apiVersion);
      if (!entry || began - entry.asked > DISCOVERY_TTL_MS) entry = look(apiVersion);
      const found = (await entry.resources).get(kind);
      if (found || entry.asked >= began) return found;
      // Parallel misses share the first fresh look.
      const current = known.get(apiVersion);
      const fresh = current && current.asked >= began ? current : look(apiVersion);
      return (await fresh.resources).get(kind);
    },
    forget(apiVersion) {
      if (apiVersion === undefined) known.clear();
      else known.delete(apiVersion);
    },
  };
}

/** `/api/v1` for the core group, else `/apis/<group>/<version>`; `apiVersion` is one that `find` lets through. */
export function groupVersionPath(apiVersion: string): string {
  return `${groupOf(apiVersion) === '' ? '/api' : '/apis'}/${apiVersion}`;
}

// A DNS subdomain and a DNS label, as Kubernetes requires of groups and versions.
const API_VERSION = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

function parseResources(apiVersion: string, text: string, path: string): ReadonlyMap<string, ApiResource> {
  const resources = new Map<string, ApiResource>();
  for (const { name, kind, namespaced, verbs } of parseList(text, path)) {
    // `deployments/scale` and its kin carry kinds of their own.
    if (name.includes('/') || resources.has(kind)) continue;
    resources.set(kind, { apiVersion, kind, plural: name, namespaced, verbs: verbs ?? [] });
  }
  return resources;
}

function parseList(text: string, path: string): readonly Listed[] {
  try {
    const { resources } = JSON.parse(text) as { resources?: readonly Listed[] };
    if (Array.isArray(resources)) return resources;
  } catch {
    // Said below.
  }
  throw new Fault('malformed', 'the server sent a resource list that cannot be read', {
    method: 'GET',
    path,
  });
}
