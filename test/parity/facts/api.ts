import type { Fact } from '../index.ts';

/** What the CRDs themselves promise; the rows' other facts are listed with the code that keeps them. */
export const apiFacts: readonly Fact[] = [
  {
    row: 'COM-01',
    fact: 'crd-interval',
    says: 'The API server refuses an interval that is not a Go duration of ms, s, m and h.',
  },
  { row: 'COM-01', fact: 'crd-timeout', says: "The API server refuses hours in a source's timeout." },
  {
    row: 'COM-02',
    fact: 'crd-default',
    says: 'An object that was never reconciled has the status observedGeneration -1.',
  },
  {
    row: 'COM-14',
    fact: 'crd-artifact',
    says: 'An artifact needs digest, lastUpdateTime, path, revision and url, and its digest names an algorithm.',
  },
  {
    row: 'GR-01',
    fact: 'crd-pattern',
    says: 'A URL begins with http, https or ssh; the scp-like form is refused.',
  },
  { row: 'GR-02', fact: 'crd-timeout', says: 'The timeout is 60s unless given.' },
  {
    row: 'GR-12',
    fact: 'crd-service-account',
    says: 'A service account is refused unless the provider is aws or azure.',
  },
  {
    row: 'KS-01',
    fact: 'crd-required',
    says: 'A Kustomization without interval, prune or sourceRef is refused.',
  },
  {
    row: 'KS-01',
    fact: 'crd-source-kinds',
    says: 'The source is an OCIRepository, GitRepository, Bucket or ExternalArtifact.',
  },
  {
    row: 'KS-102',
    fact: 'crd-one-of-two',
    says: 'A kubeConfig names a Secret or a ConfigMap, not both and not neither.',
  },
];
