import { isRecord } from '../descriptor.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const STATEMENTS: ReadonlySet<unknown> = new Set([
  'https://in-toto.io/Statement/v1',
  'https://in-toto.io/Statement/v0.1',
]);

/** What a signed text is about is the manifest, or why not: a signature of something else proves nothing. */
export function claimProblem(payload: Uint8Array, digest: string): string | undefined {
  const claim = parse(payload);
  const critical = isRecord(claim?.critical) ? claim.critical : undefined;
  const image = isRecord(critical?.image) ? critical.image : undefined;
  const claimed = image?.['docker-manifest-digest'];
  if (claimed === digest) return undefined;
  return typeof claimed === 'string'
    ? `it is for ${claimed.slice(0, 100)}`
    : 'it claims nothing about an image';
}

/** The same for the statement of a DSSE envelope. */
export function statementProblem(
  payloadType: string,
  payload: Uint8Array,
  digest: string,
): string | undefined {
  if (payloadType !== IN_TOTO) return 'its envelope holds no in-toto statement';
  const statement = parse(payload);
  if (!STATEMENTS.has(statement?._type)) return 'its envelope holds no in-toto statement';
  const subjects = Array.isArray(statement?.subject) ? statement.subject : [];
  const isSubject = subjects.some(({ digest: of }: { readonly digest?: unknown } = {}) => {
    return isRecord(of) && `sha256:${of.sha256}` === digest;
  });
  return isSubject ? undefined : 'its statement is not about this artifact';
}

/** What the signatures of a DSSE envelope are of. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  const head = Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  return Buffer.concat([head, payload]);
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
