import { makeIdentity, makeServerIdentity } from '../../infra/local/cluster/access/identity.ts';
import type { OpenAccess } from '../../infra/local/cluster/access/open-access.ts';
import { openAccess } from '../../infra/local/cluster/access/open-access.ts';
import { ApiError } from '../../infra/local/cluster/api-error.ts';
import { toStatus } from '../../infra/local/cluster/http/status.ts';
import type { Call, Store, User } from '../../infra/local/cluster/model.ts';
import { openStore } from '../../infra/local/cluster/store/open-store.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import type { Asked, Asker } from './access-ask.ts';

/** The embedded cluster's access with the objects of a real one. */
export interface Twin {
  readonly access: OpenAccess;
  readonly store: Store;
  /** Takes over all objects of a resource (`group/plural`) from the real server. */
  copy(asker: Asker, id: string, version?: string): Promise<void>;
}

/** Issuer of the tests' control plane. */
export const ISSUER = 'https://kubernetes.default.svc';

/** An access of the embedded cluster without objects; its administrator is the one of the tests' control plane. */
export function openTwin(token: string): Twin {
  const nature = {
    now: () => new Date(),
    uuid: () => crypto.randomUUID() as string,
    suffix: (length: number) => 'x'.repeat(length),
    after: () => () => {},
  };
  const store = openStore({ nature });
  const identity = makeIdentity(makeServerIdentity(new Date()), new Date());
  const admin = { name: 'admin', uid: 'admin', groups: ['system:masters'] };
  const access = openAccess({ store, nature, identity, tokens: { [token]: admin }, issuer: ISSUER });
  return {
    access,
    store,
    async copy(asker, id, version = 'v1') {
      const [group, plural] = id.split('/');
      const root = group === '' ? '/api' : `/apis/${group}`;
      const { body } = await asker.ask('GET', `${root}/${version}/${plural}`);
      for (const { namespace, name } of store.list(id)) store.remove(id, namespace, name);
      for (const item of body.items as KubernetesObject[]) store.put(id, item);
    },
  };
}

/** A call as the requests of the embedded cluster make it. */
export function callOf(user: User, type: Partial<Call['type']>, namespace = '', name = ''): Call {
  return { user, namespace, name, type: { version: 'v1', group: '', ...type } as Call['type'] };
}

/** What `work` would be answered: 201 with what it returns, or a Status. */
export function answered(work: () => unknown): Asked {
  try {
    return { status: 201, body: work() as Asked['body'] };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.code, body: toStatus(error) };
  }
}
