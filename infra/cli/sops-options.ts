import type { ClusterSettings } from '../../shared/ports.ts';
import type { Input } from './command.ts';
import { usage } from './problems.ts';

/** What the operator has for decryption; empty takes it away, absent leaves it as it is. */
export type SopsOptions = Pick<ClusterSettings, 'sopsAgeSecret' | 'sopsVaultConfigMap'>;

/** Flags of `sluice cluster add` with kustomize-controller's own names. */
export const SOPS_FLAGS = {
  'sops-age-secret': {
    type: 'string',
    value: 'NAME',
    help: "Secret in flux-system with age keys for objects that name none; '' for none (default: as it is)",
  },
  'sops-vault-configmap': {
    type: 'string',
    value: 'NAME',
    help: "ConfigMap in flux-system that lists Vault servers to log in to; '' for none (default: as it is)",
  },
} as const;

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Fault `invalid` with exit code 2 for what Kubernetes takes as no name. */
export function sopsOptions(input: Input): SopsOptions {
  const nameIn = (flag: keyof typeof SOPS_FLAGS): string | undefined => {
    const text = input.text(flag);
    if (text === undefined || text === '' || NAME.test(text)) return text;
    throw usage(`--${flag}: "${text}" is no name of an object in flux-system`);
  };
  const sopsAgeSecret = nameIn('sops-age-secret');
  const sopsVaultConfigMap = nameIn('sops-vault-configmap');
  return {
    ...(sopsAgeSecret !== undefined && { sopsAgeSecret }),
    ...(sopsVaultConfigMap !== undefined && { sopsVaultConfigMap }),
  };
}

/** What stays in a cluster's record. */
export function lastingSops(asked: SopsOptions, existing: SopsOptions = {}): SopsOptions {
  const { sopsAgeSecret, sopsVaultConfigMap } = { ...existing, ...asked };
  return { ...(sopsAgeSecret && { sopsAgeSecret }), ...(sopsVaultConfigMap && { sopsVaultConfigMap }) };
}
