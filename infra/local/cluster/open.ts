import { createHash } from 'node:crypto';
import { KUBERNETES_TABLE } from '../../../shared/core/kubernetes-schema/table.ts';
import { bootstrap } from './access/bootstrap.ts';
import {
  clientCertificate,
  type Identity,
  keepIdentity,
  makeIdentity,
  makeServerIdentity,
  type ServerIdentity,
} from './access/identity.ts';
import { toKubeconfig } from './access/kubeconfig.ts';
import { openAccess } from './access/open-access.ts';
import type { Delays } from './controllers/delays.ts';
import { startControllers } from './controllers/start.ts';
import { serve } from './http/serve.ts';
import type { Api, Catalog, Nature } from './model.ts';
import { openApiAt } from './openapi/answer.ts';
import { openCatalog } from './requests/catalog.ts';
import { followDefinitions } from './requests/definitions.ts';
import { openApi } from './requests/open-api.ts';
import type { World } from './requests/world.ts';
import { builtInResources } from './schema/built-in-resources.ts';
import { structural } from './schema/structural.ts';
import { type OpenStore, openStore } from './store/open-store.ts';
import { strategyOf } from './strategies/strategy-of.ts';
import { systemNature } from './system-nature.ts';

/** How to open a cluster; everything has a default. */
export interface ClusterOptions {
  /** Of the kubeconfig's context (default `embedded`). */
  readonly name?: string;
  /** Where its state is kept, for the next process as well; in memory when absent. */
  readonly file?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  readonly nature?: Nature;
  /** How long the simulated controllers and their node take. */
  readonly delays?: Partial<Delays>;
  /** Whether the simulated controllers tell what they do as Events, as `kubectl describe` shows them (default true). */
  readonly events?: boolean;
}

/** A cluster that serves on loopback until it is closed. */
export interface EmbeddedCluster {
  /** The uid of its namespace `kube-system`. */
  readonly id: string;
  /** Such as `https://127.0.0.1:41234`. */
  readonly url: string;
  /** Of its administrator, self-contained, in YAML. */
  readonly kubeconfig: string;
  /** Of another user, who comes with a certificate of this cluster. */
  kubeconfigOf(user: string, groups: readonly string[]): string;
  /** PEM. */
  readonly ca: string;
  /** The administrator's. */
  readonly token: string;
  /** Its `gitVersion`, such as `v1.36.3+sluice-embedded`. */
  readonly version: string;
  readonly nature: Nature;
  readonly api: Api;
  readonly catalog: Catalog;
  readonly store: OpenStore;
  /** Writes to the file what is not yet there. */
  flush(): void;
  /** Stops serving, and writes and closes the file. */
  close(): Promise<void>;
}

/** What it is, for everybody who asks for its version. */
const VERSION = `${KUBERNETES_TABLE.version}+sluice-embedded`;

const ADMINISTRATOR = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** Opens a cluster. Throws Fault when its file cannot be used, and Node's error when the port is taken. */
export async function openCluster(options: ClusterOptions = {}): Promise<EmbeddedCluster> {
  const { name = 'embedded', file, port = 0, nature = systemNature, delays = {}, events = true } = options;
  const store = openStore({ nature, ...(file !== undefined && { file }) });
  try {
    return await openOn(store, { name, port, nature, delays, events, isKept: file !== undefined });
  } catch (error) {
    store.close();
    throw error;
  }
}

interface Place {
  readonly name: string;
  readonly port: number;
  readonly nature: Nature;
  readonly delays: Partial<Delays>;
  readonly events: boolean;
  readonly isKept: boolean;
}

async function openOn(store: OpenStore, place: Place): Promise<EmbeddedCluster> {
  const { name, port, nature, delays, events, isKept } = place;
  const identity = identityOf(store, nature, isKept);
  const token = isKept ? derivedToken(identity) : nature.uuid();
  bootstrap(store, nature);
  const access = openAccess({ store, nature, identity, tokens: { [token]: ADMINISTRATOR } });
  const catalog = openCatalog({ store, builtIn: builtInResources(), structural });
  const { virtual } = access;
  const world: World = { store, catalog, strategies: strategyOf, nature, access, virtual };
  const api = openApi(world);
  const stopDefinitions = followDefinitions(world, api);
  const serving = await serve({
    api,
    catalog,
    access,
    virtual,
    nature,
    version: VERSION,
    openApi: (path, accept) => openApiAt(catalog, path, accept),
    tls: identity.server,
    readCertificate: access.readCertificate,
    port,
  });
  const ca = identity.authority.certificate;
  const { issueToken } = access;
  const controlled = { api, store, catalog, nature, delays, events, authority: ca, issueToken };
  const stopControllers = startControllers(controlled);
  const { url } = serving;
  return {
    id: store.get('/namespaces', '', 'kube-system')?.uid ?? '',
    url,
    kubeconfig: toKubeconfig({ url, ca, credentials: { token }, name }),
    kubeconfigOf(user, groups) {
      const credentials = clientCertificate(identity, user, groups, nature.now());
      return toKubeconfig({ url, ca, credentials, name });
    },
    ca,
    token,
    version: VERSION,
    nature,
    api,
    catalog,
    store,
    flush: store.flush,
    async close() {
      await serving.close();
      stopControllers();
      stopDefinitions();
      catalog.close();
      store.close();
    },
  };
}

// Made once: clusters of one process prove themselves with the same certificate.
let shared: ServerIdentity | undefined;

function identityOf(store: OpenStore, nature: Nature, isKept: boolean): Identity {
  shared ??= makeServerIdentity(nature.now());
  return isKept ? keepIdentity(store, shared, nature.now()) : makeIdentity(shared, nature.now());
}

/** The same in the next process, so that a kubeconfig outlives it. */
function derivedToken({ tokenKey }: Identity): string {
  return createHash('sha256').update(`administrator\n${tokenKey}`).digest('hex');
}
