/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  /** 1 shows it with `-o wide` only. */
  readonly priority?: number;
}

/** The columns that most kinds show. */
export const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
export const READY: PrinterColumn = column('Ready', '.status.conditions[?(@.type=="Ready")].status');
export const STATUS: PrinterColumn = column('Status', '.status.conditions[?(@.type=="Ready")].message');

/** A column of text. */
export function column(name: string, jsonPath: string): PrinterColumn {
  return { name, type: 'string', jsonPath };
}

/** What a kind's schema carries for its CRD, as zod metadata. */
export function describeKind(description: string, ...columns: readonly PrinterColumn[]) {
  return { description, additionalPrinterColumns: columns };
}
