/** A request as API Gateway's HTTP APIs hand it to Lambda (payload format 2.0): the part that handlers use. */
export interface HttpEvent {
  readonly rawPath: string;
  /** Without the question mark; empty when there is none. */
  readonly rawQueryString: string;
  /** Names in lower case; a header that came twice has its values joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly http: { readonly method: string } };
}

/** The answer in the same format. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The longest body of a delivery, bytes: upstream's (RC-11); below API Gateway's 10 MB and Lambda's 6 MB. */
export const MAX_DELIVERY_BYTES = 3 * 1024 * 1024;

/** A plain text answer. */
export function plainText(statusCode: number, body: string): HttpResult {
  return { statusCode, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${body}\n` };
}
