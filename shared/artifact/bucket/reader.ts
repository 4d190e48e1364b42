/** An object as a listing tells of it. */
export interface BucketEntry {
  readonly key: string;
  /** Without the quotes of HTTP. */
  readonly etag: string;
  /** Bytes; undefined where the listing does not say. */
  readonly size?: number;
}

/** A bucket, to look at. Faults: those of the Http port, `unauthorized`, `not-found` (no such bucket), `throttled`, `server-error`, `malformed`. */
export interface BucketReader {
  /** Every object whose key begins with `prefix`, all pages; a page of a listing that cannot go on is a Fault. */
  list(prefix: string): AsyncIterable<BucketEntry>;
  /** Undefined when it is not there. Fault `too-large` above `maxBytes`. */
  get(
    key: string,
    maxBytes: number,
  ): Promise<{ readonly body: Uint8Array; readonly etag: string } | undefined>;
}

/** An etag without the quotes that HTTP puts around it. */
export function bareEtag(etag: string): string {
  return etag.replace(/^"/, '').replace(/"$/, '');
}
