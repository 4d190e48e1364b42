import { checkSecretName } from '../../core/object-keys.ts';
import type { Secrets } from '../../ports.ts';

/** Secrets in memory: the same contract as the directory's. */
export function createMemorySecrets(): Secrets {
  const values = new Map<string, string>();
  return {
    async get(name) {
      checkSecretName(name);
      return values.get(name);
    },
    async put(name, value) {
      checkSecretName(name);
      values.set(name, value);
    },
    async delete(name) {
      checkSecretName(name);
      values.delete(name);
    },
  };
}
