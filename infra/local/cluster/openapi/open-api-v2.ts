import type { OpenApiDocument } from '../http/exchange.ts';

const ASKED_FOR = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
// An `@` is no part of a media type: answers carry another name.
const ANSWERED = ASKED_FOR.replace('@', '.');
const DOCUMENT = { swagger: '2.0', info: { title: 'Kubernetes', version: 'embedded' }, paths: {} } as const;

/**
 * A document of OpenAPI v2 that describes nothing: kubectl asks for one before it creates a kind that v3 has no PATCH for, such
 * as a SelfSubjectAccessReview, and then leaves validation to the server.
 */
export function openApiV2(accept: string): OpenApiDocument {
  if (!accept.includes(ASKED_FOR)) {
    return { contentType: 'application/json', body: Buffer.from(JSON.stringify(DOCUMENT)) };
  }
  const { title, version } = DOCUMENT.info;
  const info = Buffer.concat([textField(1, title), textField(2, version)]);
  const body = Buffer.concat([
    textField(1, DOCUMENT.swagger),
    bytesField(2, info),
    bytesField(8, Buffer.of()),
  ]);
  return { contentType: ANSWERED, body };
}

function textField(field: number, text: string): Buffer {
  return bytesField(field, Buffer.from(text));
}

/** A length-delimited protobuf field of less than 128 bytes. */
function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of((field << 3) | 2, bytes.length), bytes]);
}
