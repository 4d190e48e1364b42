import { API_VERSION } from '../api/vocabulary.ts';
import { isOpen } from '../core/feature-gates.ts';
import type { ClusterSettings } from '../ports.ts';

/** The kinds whose objects are looked at when a watched ConfigMap or Secret of their namespace changes (COM-25, RC-37). */
export const READERS = [
  { apiVersion: API_VERSION.kustomize, kind: 'Kustomization' },
  { apiVersion: API_VERSION.receiver, kind: 'Receiver' },
] as const;

/** Whether a change of a labelled ConfigMap or Secret wakes objects of a kind: Kustomizations not behind the gate DisableConfigWatchers. */
export function isWokenByConfiguration(kind: string, settings: ClusterSettings): boolean {
  return kind !== 'Kustomization' || !isOpen('DisableConfigWatchers', settings);
}

/** A ConfigMap or a Secret in the object's own namespace. */
export interface Configuration {
  readonly kind: string;
  readonly name: string;
}

/** The ConfigMaps and Secrets that an object is configured by. */
export function configurationOf({
  kind,
  spec,
}: {
  readonly kind: string;
  readonly spec?: unknown;
}): readonly Configuration[] {
  const { postBuild, kubeConfig, decryption, secretRef } = (spec ?? {}) as Configured;
  if (kind === 'Kustomization')
    return [...(postBuild?.substituteFrom ?? []), ...targetOf(kubeConfig), ...targetOf(decryption)];
  return kind === 'Receiver' && secretRef ? [{ kind: 'Secret', name: secretRef.name }] : [];
}

function targetOf({ secretRef, configMapRef }: KubeConfig = {}): readonly Configuration[] {
  return [
    ...(secretRef ? [{ kind: 'Secret', name: secretRef.name }] : []),
    ...(configMapRef ? [{ kind: 'ConfigMap', name: configMapRef.name }] : []),
  ];
}

interface KubeConfig {
  readonly secretRef?: { readonly name: string };
  readonly configMapRef?: { readonly name: string };
}

interface Configured {
  readonly kubeConfig?: KubeConfig;
  readonly decryption?: Pick<KubeConfig, 'secretRef'>;
  readonly postBuild?: { readonly substituteFrom?: readonly Configuration[] };
  readonly secretRef?: { readonly name: string };
}
