/** What a scalar becomes: integers beyond 2^53 stay exact as bigint. */
export type YamlScalar = null | boolean | number | bigint | string;

// The words of go-yaml v2, which sigs.k8s.io/yaml (hence Kubernetes, kustomize and Flux) reads plain scalars with.
const WORDS: ReadonlyMap<string, YamlScalar> = new Map<string, YamlScalar>([
  ...spell(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], true),
  ...spell(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], false),
  ...spell(['', '~', 'null', 'Null', 'NULL'], null),
  ...spell(['.nan', '.NaN', '.NAN'], Number.NaN),
  ...spell(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'], Number.POSITIVE_INFINITY),
  ...spell(['-.inf', '-.Inf', '-.INF'], Number.NEGATIVE_INFINITY),
]);

function spell(words: readonly string[], value: YamlScalar): [string, YamlScalar][] {
  return words.map((word) => [word, value]);
}

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const DOT_FLOAT = /^\.[0-9]+([eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);
const CANDIDATE = /^[-+0-9.yYnNtTfFoO~]/;

/** go-yaml v3, which kustomize reads objects with, leaves these as text unless a boolean is wanted. */
const TEXT_IN_V3 = /^([yY]|[nN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;

/** The value of a plain scalar; anything that is no number, boolean or null is the text itself. */
export function resolvePlain(text: string, dialect: 'v2' | 'v3' = 'v2'): YamlScalar {
  if (text !== '' && !CANDIDATE.test(text)) return text;
  const word = WORDS.get(text);
  if (word !== undefined) return dialect === 'v3' && TEXT_IN_V3.test(text) ? text : word;
  if (text.startsWith('.')) return DOT_FLOAT.test(text) ? Number(text) : text;
  if (!/^[-+0-9]/.test(text)) return text;
  const plain = text.replaceAll('_', '');
  return integer(plain) ?? float(plain) ?? text;
}

function float(plain: string): number | undefined {
  const number = FLOAT.test(plain) ? Number(plain) : undefined;
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

function integer(plain: string): number | bigint | undefined {
  const match = INTEGER.exec(plain);
  if (!match) return undefined;
  const digits = (match[2] as string).toLowerCase();
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const magnitude = BigInt(octal);
  const value = match[1] === '-' ? -magnitude : magnitude;
  // Go parses signed first and unsigned second, and the latter takes no sign.
  const unsigned = match[1] === '' ? MAX_UINT64 : -MIN_INT64 - 1n;
  if (value < MIN_INT64 || value > unsigned) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** How a number or boolean reads where Go's decoder wants a string: `1.10` becomes `1.1`. */
export function scalarText(value: YamlScalar): string {
  return value === null ? '' : String(value);
}
