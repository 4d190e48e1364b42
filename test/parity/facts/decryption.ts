import type { Fact } from '../index.ts';

const ks = (row: number, fact: string, says: string): Fact => ({ row: `KS-${row}`, fact, says });

/** SOPS: what is decrypted, by which keys, and what is left encrypted. */
export const decryptionFacts = [
  ks(50, 'key-secret', 'The Secret named brings keys: age, PGP, cloud credentials or a Vault token.'),
  ks(50, 'key-kinds', 'The kind of a key is told by the ending of its name.'),
  ks(50, 'service-account', 'A service account brings the identity for cloud keys.'),
  ks(
    51,
    'ambient-identity',
    'Without a Secret cloud keys are used as the identity that the operator gave: here the role or account registered with the cluster.',
  ),
  ks(16, 'decryption-secret', 'A watched Secret with keys wakes those that decrypt with it.'),
  ks(51, 'age-default', 'The operator names a Secret with age keys for those that name none.'),
  ks(51, 'vault-login', 'The operator names Vault servers, which are logged into as the service account.'),
  ks(52, 'resources', 'A built resource with an encrypted tree is decrypted.'),
  ks(52, 'secret-values', 'Encrypted values in the data of a Secret are decrypted, each in its format.'),
  ks(52, 'sources', 'Files that generate Secrets, and patches, are decrypted before the build.'),
  ks(52, 'not-config-maps', 'Files that generate ConfigMaps are not.'),
  ks(53, 'formats', 'YAML, JSON, dotenv, INI and binary files are decrypted, and stay in their format.'),
  ks(53, 'bounds', 'A file may have 5 MiB, and must lie in the source.'),
  ks(54, 'any-key', 'Any master key that works gives the data key.'),
  ks(54, 'mac', 'The authentication code is not verified.'),
  ks(55, 'refused', 'A Secret that is still encrypted when it would be applied fails the run.'),
  ks(55, 'nothing-applied', 'Then nothing of the run is applied, not even what is not encrypted.'),
  ks(55, 'disabled', 'An annotation lets it through as it is.'),
  ks(55, 'secrets-only', 'Other kinds with such a block are applied as they are.'),
  ks(56, 'before-substitution', 'Variables in decrypted values are substituted.'),
] as const;
