import type { ProxyAddress } from '../core/proxy-address.ts';

export type { ProxyAddress } from '../core/proxy-address.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** Whoever answers is believed: only where an object asks for it (`insecure` of OCI sources). */
  readonly trustAnyCertificate?: boolean;
  /** Instead of the deployment's own, where it has one. */
  readonly proxy?: ProxyAddress;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Default 5; credentials are dropped when the host changes. */
  readonly maxRedirects?: number;
  /** May be sent twice when a kept-alive connection turns out to be closed; GET and HEAD always may. */
  readonly idempotent?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

/** The only way out for tenants' URLs: resolves, checks the address against the egress rule, connects to the checked address. */
export interface Http {
  request(request: HttpRequest): Promise<HttpAnswer>;
}
