import { toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { type ApiError, badRequest, invalid } from '../api-error.ts';
import { goText, goTypeOfJson } from '../merge/go-text.ts';
import type { Patch, ResourceType } from '../model.ts';
import { isReadable } from '../protobuf/decode.ts';
import { apiVersionOf } from '../requests/versions.ts';
import { encodingOf, parse, parseAsYaml, type Validation, yamlErrors } from './parse.ts';
import { refusePrototypeMembers } from './prototype-members.ts';
import { type Kind, kindOf } from './subresources.ts';

/** What was sent, and what of it is to be warned of. */
export interface Decoded<T = unknown> {
  readonly value: T;
  readonly warnings: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/** How much of a body that is not understood is quoted. */
const QUOTED_BYTES = 30;
/** What the decoder of objects says before anything else. */
const NAMES_FIRST = "couldn't get version/kind; json parse error: ";
const BEYOND_OBJECTS = 'into Go value of type';
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The object to create or update at `type` or its subresource; throws 400 or 415 in the API server's words. */
export function decodeObject(
  body: Buffer,
  contentType: string | undefined,
  type: ResourceType,
  subresource: string,
  validation: Validation,
): Decoded<KubernetesObject> {
  const kind = kindOf(type, subresource);
  const allowsProtobuf = !type.custom && isReadable(apiVersionOf(kind), kind.kind);
  const encoding = encodingOf(contentType, allowsProtobuf);
  const refuse = (problem: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): ${problem} (${summary(body)})`,
    );
  const { value: read, duplicates } = parse(body, encoding, validation, refuse);
  const value = read ?? {};
  if (!isMembers(value)) {
    const what = `${goTypeOfJson(value)} ${BEYOND_OBJECTS} ${TYPE_META}`;
    throw refuse(`${NAMES_FIRST}json: cannot unmarshal ${what}`);
  }
  if (type.custom && !value.kind) {
    throw refuse(`Object 'Kind' is missing in '${body.toString('utf8')}'`);
  }
  const object = withNames(value, kind, type);
  if (duplicates.length > 0 && validation === 'Strict') {
    throw strictError(object, kind, encoding === 'yaml' ? yamlErrors(duplicates) : duplicates.join(', '));
  }
  return { value: object, warnings: warningsOf(duplicates, validation) };
}

/** The document of an apply: YAML, of which JSON is a part. Throws 400. */
export function decodeApply(body: Buffer, validation: Validation): Decoded {
  const parsed = parseAsYaml(body, validation, (problem) =>
    badRequest(`error decoding YAML: error converting YAML to JSON: ${problem}`),
  );
  const { value, duplicates } = { ...parsed, value: parsed.value ?? {} };
  if (!isMembers(value)) {
    const what = `${goTypeOfJson(value)} ${BEYOND_OBJECTS} map[string]interface {}`;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what}`,
    );
  }
  if (duplicates.length > 0 && validation === 'Strict') {
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${yamlErrors(duplicates)}`);
  }
  refusePrototypeMembers(body, value);
  return { value, warnings: warningsOf(duplicates, validation) };
}

/** A patch other than an apply; throws 400 when it is no JSON, 422 when it says something twice and may not. */
export function decodePatch(
  body: Buffer,
  type: Exclude<Patch['type'], 'apply'>,
  validation: Validation,
): Decoded {
  const { value, duplicates } = parse(body, 'json', validation, (problem) =>
    badRequest(problem.replace(NAMES_FIRST, type === 'strategic' ? '' : 'error decoding patch: ')),
  );
  if (duplicates.length > 0 && validation === 'Strict') {
    const shown = type === 'strategic' ? goText(value) : toJson(value);
    const told = duplicates.map((text) => (type === 'json' ? `json patch ${text}` : text)).join(', ');
    const message = `Invalid value: ${JSON.stringify(shown)}: strict decoding error: ${told}`;
    throw invalid({ group: '', kind: '' }, '', [{ field: 'patch', reason: 'FieldValueInvalid', message }]);
  }
  refusePrototypeMembers(body, value);
  return { value, warnings: warningsOf(duplicates, validation) };
}

/** The options in a deletion's body; throws 400 or 415. */
export function decodeOptions(body: Buffer, contentType: string | undefined): Members {
  const { value } = parse(body, encodingOf(contentType, true), 'Ignore', badRequest);
  if (!isMembers(value))
    throw badRequest(`json: cannot unmarshal ${goTypeOfJson(value)} ${BEYOND_OBJECTS} v1.DeleteOptions`);
  const { kind = 'DeleteOptions', apiVersion = 'v1' } = value as { kind?: string; apiVersion?: string };
  if (kind !== 'DeleteOptions') {
    const message = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme`;
    throw badRequest(message);
  }
  return value;
}

// Whether the names are right is for the API beneath.
function withNames(value: Members, expected: Kind, type: ResourceType): KubernetesObject {
  const { kind, apiVersion } = value;
  if (kind && apiVersion) return value as unknown as KubernetesObject;
  const own = type.custom ? '' : apiVersionOf(expected);
  const names = { kind: kind || expected.kind, apiVersion: apiVersion || own };
  return { ...value, ...names } as unknown as KubernetesObject;
}

function warningsOf(duplicates: readonly string[], validation: Validation): readonly string[] {
  return validation === 'Warn' ? duplicates : [];
}

function strictError(object: KubernetesObject, { kind, version }: Kind, problem: string): ApiError {
  return badRequest(
    `${object.kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: strict decoding error: ${problem}`,
  );
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const shown = body.subarray(0, QUOTED_BYTES).toString(body[0] === 0x7b ? 'utf8' : 'hex');
  return body.length > QUOTED_BYTES ? `${shown} ...` : shown;
}
