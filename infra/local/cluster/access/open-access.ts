import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Access, Presented, VirtualResources } from '../access.ts';
import type { Nature, Store, User } from '../model.ts';
import { openAuthentication } from './authenticate.ts';
import { openAuthorizer } from './authorize.ts';
import { demandNoEscalation } from './escalation.ts';
import { type Identity, readClientCertificate } from './identity.ts';
import { impersonate } from './impersonation.ts';
import { wantedUser } from './impersonation-headers.ts';
import { openTokenKey } from './jwt.ts';
import { reviews } from './reviews.ts';
import { openRoleIndex } from './role-index.ts';
import { fillTokenSecret } from './secret-token.ts';
import { requestToken } from './token-request.ts';

/** Issuer and audience of ServiceAccounts' tokens, as kubeadm sets it; clusters differ in their keys. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

const NOBODY = { commonName: '', organizations: [] } as const;

/** What one cluster's access is made of. */
export interface AccessOptions {
  readonly store: Store;
  readonly nature: Nature;
  readonly identity: Pick<Identity, 'authority' | 'clients' | 'tokenKey'>;
  /** Bearer tokens of people, such as the administrator's (a user of group system:masters). */
  readonly tokens: Readonly<Record<string, User>>;
  /** Default ISSUER. */
  readonly issuer?: string;
}

/** Access with what it answers itself. */
export interface OpenAccess extends Access {
  readonly virtual: VirtualResources;
  /** Whose a certificate (DER) is that a client has shown, and proven to have the key of. */
  readCertificate(raw: Uint8Array): NonNullable<Presented['certificate']>;
  /** For the controllers: fills a Secret of type kubernetes.io/service-account-token; undefined when its ServiceAccount is gone, so that the Secret is to be deleted. */
  issueToken(secret: KubernetesObject): KubernetesObject | undefined;
}

/** Authentication and authorisation of one cluster; nothing is read or computed before it is needed. */
export function openAccess({ store, nature, identity, tokens, issuer = ISSUER }: AccessOptions): OpenAccess {
  const key = openTokenKey(() => identity.tokenKey);
  const world = { store, nature, key, issuer };
  const index = openRoleIndex(store);
  const authorizer = openAuthorizer(index);
  const authentication = openAuthentication(world, tokens);
  const virtual = new Map(reviews({ authentication, authorizer, index, nature, issuer }));
  virtual.set('/serviceaccounts/token', (call, object) => requestToken(world, call, object));

  return {
    ...authorizer,
    virtual,
    readCertificate: (raw) => readClientCertificate(identity, raw, nature.now()) ?? NOBODY,
    identify(presented, attempt) {
      const user = authentication.authenticate(presented);
      const wanted = wantedUser(presented.headers);
      return wanted ? impersonate(authorizer, user, wanted, attempt) : user;
    },
    demandNoEscalation(call, object) {
      demandNoEscalation({ store, index, authorizer }, call, object);
    },
    issueToken: (secret) => fillTokenSecret(world, identity.authority.certificate, secret),
  };
}
