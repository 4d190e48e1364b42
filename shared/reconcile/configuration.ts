import { API_VERSION } from '../api/vocabulary.ts';

/** The kinds whose objects are looked at when a watched ConfigMap or Secret of their namespace changes (COM-25, RC-37). */
export const READERS = [
  { apiVersion: API_VERSION.kustomize, kind: 'Kustomization' },
  { apiVersion: API_VERSION.receiver, kind: 'Receiver' },
] as const;

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
  const { postBuild, secretRef } = (spec ?? {}) as Configured;
  if (kind === 'Kustomization') return postBuild?.substituteFrom ?? [];
  return kind === 'Receiver' && secretRef ? [{ kind: 'Secret', name: secretRef.name }] : [];
}

interface Configured {
  readonly postBuild?: { readonly substituteFrom?: readonly Configuration[] };
  readonly secretRef?: { readonly name: string };
}
