interface ReviverContext {
  readonly source?: string;
}

// An integer of 16 digits or more may be beyond 2^53; seldom found, and then usually inside a string.
const LONG_INTEGER = /[:[,]\s*-?\d{16}/;

const parseWith = JSON.parse as (
  text: string,
  reviver?: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON with integers beyond 2^53 exact, as bigint: Kubernetes has int64 fields. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  return LONG_INTEGER.test(text) ? parseWith(text, exactInteger) : parseWith(text);
}

/** The object that bytes are in JSON; undefined for anything else. */
export function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** JSON of a value that may hold bigints. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_, field: unknown) =>
      typeof field === 'bigint' ? rawJSON(String(field)) : field,
    );
  }
}

function exactInteger(_: string, value: unknown, { source }: ReviverContext): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
