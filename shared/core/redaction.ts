/** What stands where a secret stood: Flux's own mask. */
export const REDACTED = '*****';

/** Names whose values are secrets, as the end of a parameter's, header's, flag's or field's name. */
const SECRET_NAME =
  'token|password|passwd|pwd|passphrase|secret|signature|sig|credential|credentials|api[_-]?key|access[_-]?key|' +
  'access[_-]?key[_-]?id|private[_-]?key|client-key-data';

interface Rule {
  readonly pattern: RegExp;
  readonly replace: (match: string, ...groups: string[]) => string;
}

/**
 * In this order. Every pattern starts at a literal or behind a boundary and has bounded or disjoint runs, so that no
 * character is visited more than a constant number of times.
 */
const RULES: readonly Rule[] = [
  // The userinfo of a URL; `git@` is a login name that every SSH remote shares.
  {
    pattern: /:\/\/([^\s/?#"'<>`]*)@/g,
    replace: (match, userinfo) => (userinfo === 'git' ? match : `://${REDACTED}@`),
  },
  // Header lines, also as JSON or a Go map writes them: the whole value, up to a quote, the map's bracket or the line's end.
  {
    pattern:
      /(?<![A-Za-z0-9])((?:proxy-)?authorization["']?[ \t]{0,8}[:=]|(?:(?:set-)?cookie|x-amz-security-token|x-api-key|x-auth-token|x-gitlab-token|private-token|job-token)["']?[ \t]{0,8}:)([ \t]{0,8}[["']{0,2})([^\r\n"']+)/gi,
    replace: (_match, name = '', separator = '', value = '') => {
      const end = separator.includes('[') ? value.indexOf(']') : -1;
      return `${name}${separator}${REDACTED}${end === -1 ? '' : value.slice(end)}`;
    },
  },
  // Query and form parameters, flags, `NAME_TOKEN=value`; of AWS's and Google's presigned URLs every parameter.
  {
    pattern: new RegExp(
      `(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{0,48}?(?:${SECRET_NAME})|x-(?:amz|goog)-[a-z-]{1,40})=[^&\\s"'#<>;,]+`,
      'gi',
    ),
    replace: (_match, name) => `${name}=${REDACTED}`,
  },
  // The capability in an artifact's address: 128 bits or more.
  { pattern: /([?&]c=)[A-Za-z0-9_-]{22,}/g, replace: (_match, name) => `${name}${REDACTED}` },
  // JSON and YAML fields.
  {
    pattern: new RegExp(
      `("[A-Za-z0-9_.-]{0,48}?(?:${SECRET_NAME})"[ \\t]{0,8}:[ \\t]{0,8}")(?:[^"\\\\\\r\\n]|\\\\.)+`,
      'gi',
    ),
    replace: (_match, name) => `${name}${REDACTED}`,
  },
  {
    pattern: /^([ \t]{0,64}(?:- )?(?:token|password|client-key-data):[ \t]{1,8})[^\s"]+(?=[ \t]*$)/gim,
    replace: (_match, name) => `${name}${REDACTED}`,
  },
  // RFC 6750 and RFC 7617 credentials outside a header line; prose such as "bearer token expired" is not one.
  {
    pattern: /(?<![A-Za-z0-9])(bearer[ \t]{1,8})([A-Za-z0-9._~+/-]+=*)/gi,
    replace: (match, scheme, token) => (isToken(token) ? `${scheme}${REDACTED}` : match),
  },
  {
    pattern: /(?<![A-Za-z0-9])(basic[ \t]{1,8})([A-Za-z0-9+/]{4,}={0,2})/gi,
    replace: (match, scheme, token) => (isUserAndPassword(token) ? `${scheme}${REDACTED}` : match),
  },
  // Shapes that are secrets wherever they stand: JWTs, tokens of GitHub, GitLab, AWS, Slack; chat webhooks.
  {
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
    replace: () => REDACTED,
  },
  {
    pattern:
      /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl[a-z]{2,8}-[A-Za-z0-9_-]{20,}|xox[a-z]-[A-Za-z0-9-]{10,}|A(?:KI|SI)A[A-Z0-9]{16}(?![A-Za-z0-9]))/g,
    replace: () => REDACTED,
  },
  {
    pattern:
      /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/)[^\s"'<>]+/g,
    replace: (_match, host) => `${host}${REDACTED}`,
  },
];

/** `text` without secrets, everything else intact; linear in its length, and redacting twice changes nothing. */
export function redact(text: string): string {
  let redacted = withoutPrivateKeys(text);
  for (const rule of RULES) redacted = redacted.replace(rule.pattern, rule.replace);
  return redacted;
}

/** `text` without `values`, which are known to be secrets, nor what they are in base64 and in URLs. */
export function withoutValues(text: string, values: readonly string[]): string {
  const forms = values
    .flatMap((value) => [value, toBase64(value), encodeURIComponent(value.toWellFormed())])
    .filter((form) => form !== '')
    .toSorted((one, other) => other.length - one.length);
  if (forms.length === 0) return text;
  return text.replace(new RegExp(forms.map((form) => RegExp.escape(form)).join('|'), 'g'), REDACTED);
}

function toBase64(value: string): string {
  return Buffer.from(value).toString('base64').replace(/=+$/, '');
}

/** How deep `redactData` looks; below it a value is replaced by `[deep]`. */
const MAX_DEPTH = 12;

const SECRET_FIELD = new RegExp(`(?:^(?:authorization|cookie)|${SECRET_NAME})$`, 'i');

/** A JSON-like copy of `data` with every string redacted and the values of secret-looking fields replaced. */
export function redactData(data: unknown, depth = 0): unknown {
  if (typeof data === 'string') return redact(data);
  if (typeof data === 'bigint') return String(data);
  if (data instanceof Date) return Number.isNaN(data.getTime()) ? 'invalid date' : data.toISOString();
  if (typeof data !== 'object' || data === null) return data;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (data instanceof Error) return redactData(fieldsOf(data), depth + 1);
  if (data instanceof Uint8Array) return `[${data.byteLength} bytes]`;
  if (data instanceof Map) return redactData(Object.fromEntries(data), depth + 1);
  if (Array.isArray(data) || data instanceof Set) return [...data].map((item) => redactData(item, depth + 1));
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      redact(name),
      SECRET_FIELD.test(name) && typeof value === 'string' ? REDACTED : redactData(value, depth + 1),
    ]),
  );
}

function fieldsOf(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return { ...error, name, message, stack, ...(cause === undefined ? {} : { cause }) };
}

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY[A-Z ]{0,8}-----/g;
const KEY_END = /-----END [A-Z0-9 ]{0,32}PRIVATE KEY[A-Z ]{0,8}-----/g;

/** A key without its end is cut off with all that follows it. */
function withoutPrivateKeys(text: string): string {
  let kept = '';
  let position = 0;
  for (;;) {
    KEY_BEGIN.lastIndex = position;
    const begin = KEY_BEGIN.exec(text);
    if (begin === null) return kept + text.slice(position);
    kept += text.slice(position, begin.index) + REDACTED;
    KEY_END.lastIndex = begin.index;
    const end = KEY_END.exec(text);
    if (end === null) return kept;
    position = end.index + end[0].length;
  }
}

/** A digit, or more letters than a word has. */
function isToken(text: string): boolean {
  return /[0-9]/.test(text) || text.length >= 24;
}

function isUserAndPassword(base64: string): boolean {
  const head = base64.slice(0, 1024);
  return /^[\x20-\x7e]*:/.test(Buffer.from(head, 'base64').toString('latin1'));
}
