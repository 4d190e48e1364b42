import { Fault } from '../../core/failures.ts';
import type { HttpAnswer } from '../../ports.ts';
import { parseXml, textOf, type XmlElement } from './xml.ts';

/** `data.reason` of the Fault for a bucket that is not there. */
export const NO_BUCKET = 'NoSuchBucket';

/** What S3 says of a request that it did not carry out. */
export interface S3Refusal {
  readonly status: number;
  /** Such as `NoSuchKey`; empty when the answer does not say. */
  readonly code: string;
  readonly message: string;
  /** Where the bucket is, when it is not where it was looked for. */
  readonly region?: string;
}

// Ours: a server's words in a condition, characters.
const MAX_MESSAGE = 400;

/** What an answer that is no success says. */
export function refusalOf({ status, headers, body }: HttpAnswer): S3Refusal {
  const error = errorIn(body);
  const region = headers['x-amz-bucket-region'] ?? textOf(error, 'Region');
  const said = (textOf(error, 'Message') ?? '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);
  return {
    status,
    code: /^[A-Za-z0-9.]{1,64}$/.exec(textOf(error, 'Code') ?? '')?.[0] ?? '',
    message: said,
    ...(region !== undefined && /^[a-z0-9-]{1,32}$/.test(region) && { region }),
  };
}

/** The Fault for a refusal, classed by what can be done about it. */
export function faultOfRefusal(refusal: S3Refusal, host: string): Fault {
  const { status, code, message, region } = refusal;
  const data = { status, reason: code };
  const text = message || `${host} answered ${status}${code && ` ${code}`}`;
  if (code === NO_BUCKET) return new Fault('not-found', text, data);
  if (status >= 300 && status < 400) {
    const where = region === undefined ? '' : ` (region ${region})`;
    const advice = `set spec.endpoint and spec.region to where the bucket is${where}`;
    return new Fault('invalid', `${host} sends the request to another place; ${advice}`, data);
  }
  if (status === 401 || status === 403) return new Fault('unauthorized', text, data);
  if (status === 404) return new Fault('not-found', text, data);
  if (status === 429 || code === 'SlowDown') return new Fault('throttled', text, data);
  return new Fault(status >= 500 ? 'server-error' : 'invalid', text, data);
}

function errorIn(body: Uint8Array): XmlElement | undefined {
  try {
    const root = parseXml(new TextDecoder().decode(body));
    return root.name === 'Error' ? root : undefined;
  } catch {
    return undefined;
  }
}
