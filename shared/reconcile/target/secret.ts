import type { KubeConfigReference } from '../../api/applier.ts';
import { Fault } from '../../core/failures.ts';
import type { Target } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readConfiguration } from './read.ts';

/** Where a kubeconfig is looked for when the reference names no key (KS-101). */
const USUAL_KEYS = ['value', 'value.yaml'] as const;

/** The cluster of the kubeconfig in a Secret. Faults: `not-found` when Secret or key are gone; those of `readConfiguration`. */
export async function secretTarget(
  namespace: string,
  { name, key }: NonNullable<KubeConfigReference['secretRef']>,
  scope: Scope,
): Promise<Target> {
  const where = `KubeConfig secret '${namespace}/${name}'`;
  const data = await readConfiguration({ kind: 'Secret', namespace, name }, scope);
  if (data === undefined) {
    const text = `unable to read ${where} error: secrets "${name}" not found`;
    throw new Fault('not-found', text, { gone: true });
  }
  const wanted = key ? [key] : USUAL_KEYS;
  const found = wanted.find((one) => data[one] !== undefined);
  if (found === undefined) {
    throw new Fault('not-found', `${where} does not contain a '${wanted[0]}' key with a kubeconfig`, {
      gone: true,
    });
  }
  const { profile, insecureKubeconfigTls: insecureTls = false } = scope.record.settings;
  return { profile, insecureTls, kubeconfig: Buffer.from(data[found] ?? '', 'base64').toString('utf8') };
}
