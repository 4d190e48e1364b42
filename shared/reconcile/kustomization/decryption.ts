import type { Kustomization } from '../../api/kustomization.ts';
import { Fault } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { isYamlMap, parseYaml } from '../../core/yaml.ts';
import { createDecryptor, type Decryptor } from '../../decrypt/decryptor.ts';
import { type KeySecret, type LentKeys, openKeyRing } from '../../decrypt/keys/key-ring.ts';
import { loginToVault } from '../../decrypt/keys/vault.ts';
import type { Asker } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';

/** Where the operator's own Secrets and ConfigMaps lie, as Flux's. */
const OPERATOR_NAMESPACE = 'flux-system';
/** The entry of the operator's ConfigMap that names Vault servers (KS-51). */
const VAULT_CONFIG = 'config.yaml';

/** Ours: time for all key services of one run, in ms; a worker has 120 s, and a tenant's addresses may never answer. */
const KEYS_WITHIN_MS = 60_000;

/** Whom objects of profile `lockdown` ask clouds as unless they name an account (`--default-decryption-service-account`, COM-24). */
const LOCKDOWN_ACCOUNT = 'default';

/** The Secret with keys, absent when none is named; or why it cannot be read, as upstream words it. */
export type SeenKeys =
  | { readonly ok: true; readonly secret: KeySecret | undefined }
  | { readonly ok: false; readonly message: string };

/** Why spec.decryption may not be obeyed, as upstream words it; undefined when it may. */
export function closedGate({ spec }: Kustomization, { record }: Pick<Scope, 'record'>): string | undefined {
  if (!spec.decryption?.serviceAccountName || isOpen('ObjectLevelWorkloadIdentity', record.settings))
    return undefined;
  return 'to use spec.decryption.serviceAccountName for decryption authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller';
}

/** Reads the Secret that spec.decryption names, else the operator's own with age keys. */
export async function readKeys({ spec, metadata }: Kustomization, scope: Scope): Promise<SeenKeys> {
  if (spec.decryption === undefined) return { ok: true, secret: undefined };
  const { secretRef } = spec.decryption;
  const { sopsAgeSecret } = scope.record.settings;
  if (secretRef === undefined && !sopsAgeSecret) return { ok: true, secret: undefined };
  const name = secretRef?.name ?? sopsAgeSecret ?? '';
  const namespace = secretRef ? metadata.namespace : OPERATOR_NAMESPACE;
  const found = await scope.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (found === undefined) return { ok: false, message: `secrets "${name}" not found` };
  const { data = {} } = found as { data?: Readonly<Record<string, string>> };
  const files = Object.entries(data).map(([file, text]) => [file, Buffer.from(text, 'base64')] as const);
  const title = `${secretRef ? '' : 'SOPS age '}decryption Secret '${namespace}/${name}'`;
  return { ok: true, secret: { files: new Map(files), title, ageOnly: secretRef === undefined } };
}

/** What of a Secret with keys tells whether a run would do the same again; only ever goes into a MAC. */
export function inputOfKeys(secret: KeySecret | undefined): unknown {
  return secret && [...secret.files].map(([file, bytes]) => [file, bytes.toString()]).sort();
}

/** Decrypts for one run, with the keys that were read and as whom the object may act; undefined when it asks for no decryption. Fault `invalid` when a key cannot be used. */
export async function openDecryptor(
  object: Kustomization,
  secret: KeySecret | undefined,
  scope: Scope,
): Promise<Decryptor | undefined> {
  if (object.spec.decryption === undefined) return undefined;
  const { clock, chance, http } = scope.ports;
  const signal = AbortSignal.any([scope.signal, clock.timeout(KEYS_WITHIN_MS)]);
  const asking = { http: http(scope.record.settings.profile), clock, signal };
  const lent = lentTo(object, scope, asking);
  return createDecryptor(await openKeyRing(secret, { ...asking, chance, lent }));
}

type Asking = Parameters<typeof loginToVault>[3];

/** Never the function's own identity: the account's that the object names, else the cluster's registered role. */
function lentTo(
  { spec, metadata }: Kustomization,
  { record, cluster, signal, ports }: Scope,
  asking: Asking,
): LentKeys {
  const { settings } = record;
  const fallback = settings.profile === 'lockdown' ? LOCKDOWN_ACCOUNT : undefined;
  const serviceAccount = spec.decryption?.serviceAccountName || fallback;
  const asker = (): Asker => {
    if (serviceAccount && !isOpen('ObjectLevelWorkloadIdentity', settings)) throw closed(serviceAccount);
    const known = { record, cluster, namespace: metadata.namespace, signal };
    return serviceAccount ? { ...known, serviceAccount } : known;
  };
  const { identities } = ports;
  return {
    aws: async (region) => identities.awsKeys({ ...asker(), region }),
    azure: async (scope) => (await identities.azureToken({ ...asker(), scope })).token,
    google: async () => (await identities.googleToken(asker())).token,
    vault: async (address) => {
      const path = await vaultLoginPath(address, asker());
      const { token } = await identities.accountToken({ ...asker(), audiences: [address] });
      return loginToVault(address, path, token, asking);
    },
  };
}

function closed(account: string): Fault {
  const text = `nothing is asked as service account '${account}' while the feature gate ObjectLevelWorkloadIdentity is disabled`;
  return new Fault('forbidden', `${text}: put credentials into the Secret of spec.decryption.secretRef`);
}

/** Only servers that the operator lists are logged in to. Fault `forbidden`, `invalid`. */
async function vaultLoginPath(address: string, { record, cluster }: Asker): Promise<string> {
  const name = record.settings.sopsVaultConfigMap;
  if (!name) {
    const advice = 'give sops.vault-token, or have a ConfigMap of Vault servers set for the cluster';
    throw new Fault('forbidden', `no token for Vault '${address}': ${advice}`);
  }
  const title = `Vault ConfigMap '${OPERATOR_NAMESPACE}/${name}'`;
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: OPERATOR_NAMESPACE, name };
  const found = (await cluster.get(reference)) as { data?: Readonly<Record<string, string>> } | undefined;
  if (found === undefined) throw new Fault('invalid', `failed to get ${title}: not found`);
  const text = found.data?.[VAULT_CONFIG];
  if (text === undefined) throw new Fault('invalid', `${title} is missing the '${VAULT_CONFIG}' key`);
  const config = parseYaml(text);
  const { instances } = isYamlMap(config) ? config : {};
  const known = (Array.isArray(instances) ? instances : []).filter(isYamlMap);
  const path = known.findLast((instance) => instance.address === address)?.loginPath;
  if (typeof path === 'string' && path !== '') return path;
  throw new Fault('forbidden', `no Vault login path configured for address '${address}' in ${title}`);
}
