/** A kind of the support table and the parity rows that describe it. */
export interface ParityKind {
  readonly kind: string;
  readonly rows: readonly string[];
}

/** Every parity row that exists, kind by kind; a row without a listed fact counts as open. */
export const KINDS: readonly ParityKind[] = [
  { kind: 'GitRepository', rows: ids('GR', [1, 28]) },
  {
    kind: 'Kustomization',
    rows: ids('KS', [1, 18], [20, 34], [40, 48], [50, 56], [60, 74], [80, 95], [100, 106]),
  },
  { kind: 'Bucket', rows: ids('BK', [1, 12]) },
  { kind: 'OCIRepository', rows: ids('OCI', [1, 18]) },
  { kind: 'HelmRepository', rows: ids('HR', [1, 12]) },
  { kind: 'HelmChart', rows: ids('HC', [1, 16]) },
  { kind: 'ExternalArtifact', rows: ids('EA', [1, 5]) },
  { kind: 'ArtifactGenerator', rows: ids('AG', [1, 17]) },
  { kind: 'Receiver', rows: ids('RC', [1, 40]) },
  { kind: 'Common', rows: ids('COM', [1, 31]) },
];

function ids(prefix: string, ...ranges: readonly (readonly [first: number, last: number])[]): string[] {
  return ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => `${prefix}-${String(first + i).padStart(2, '0')}`),
  );
}
