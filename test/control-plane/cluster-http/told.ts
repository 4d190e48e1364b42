/** What answers say, of whatever kind: each test knows which members its own has. */
export interface Told {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Told;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly continue: string;
  readonly managedFields: readonly Told[];
  readonly manager: string;
  readonly remainingItemCount: number;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: Told;
  readonly status: Told;
  readonly allowed: boolean;
  readonly userInfo: Told;
  readonly data: Readonly<Record<string, string>>;
  readonly items: readonly Told[];
  readonly groups: readonly Told[];
  readonly groupVersion: string;
  readonly versions: readonly Told[];
  readonly version: string;
  readonly gitVersion: string;
  readonly major: string;
  readonly minor: string;
  readonly resource: string;
  readonly resources: readonly Told[];
  readonly subresource: string;
  readonly subresources: readonly Told[];
  readonly verbs: readonly string[];
  readonly columnDefinitions: readonly Told[];
  readonly rows: readonly TableRow[];
}

/** A row of a Table. */
export interface TableRow {
  readonly cells: readonly unknown[];
  /** Null when nothing is to be told of it. */
  readonly object: Told & Readonly<Record<string, unknown>>;
  readonly conditions?: readonly unknown[];
}
