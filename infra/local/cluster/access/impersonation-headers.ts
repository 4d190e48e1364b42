import type { Presented } from '../access.ts';
import { badRequest } from '../api-error.ts';

/** Whom a request wants to be, as its headers say. */
export interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** By key, in lower case. */
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

const EXTRA = 'impersonate-extra-';

/** The user of the impersonation headers; undefined without any. Throws ApiError 400 when they name no user. */
export function wantedUser(headers: Presented['headers']): Wanted | undefined {
  const name = valuesOf(headers['impersonate-user'])[0] ?? '';
  const uid = valuesOf(headers['impersonate-uid'])[0] ?? '';
  const groups = valuesOf(headers['impersonate-group']);
  const extra = new Map<string, readonly string[]>();
  for (const header in headers) {
    if (!header.startsWith(EXTRA)) continue;
    const values = valuesOf(headers[header]);
    const key = unescaped(header.slice(EXTRA.length));
    if (values.length > 0) extra.set(key, [...(extra.get(key) ?? []), ...values]);
  }
  const wanted = { name, uid, groups, extra };
  if (name !== '') return wanted;
  if (uid === '' && groups.length === 0 && extra.size === 0) return undefined;
  throw badRequest(`requested ${asGo(wanted)} without impersonating a user name`);
}

/** Each value as it was sent: Node reads bytes as Latin-1, people write UTF-8. */
function valuesOf(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  return (typeof header === 'string' ? [header] : header).map((value) =>
    /[\u0080-\u00ff]/.test(value) ? Buffer.from(value, 'latin1').toString() : value,
  );
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The API server shows its own variable. */
function asGo({ name, uid, groups, extra }: Wanted): string {
  const list = (texts: readonly string[]) =>
    texts.length === 0
      ? '[]string(nil)'
      : `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const pairs = [...extra].sort(([a], [b]) => (a < b ? -1 : 1));
  const map =
    pairs.length === 0
      ? '(nil)'
      : `{${pairs.map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`).join(', ')}}`;
  const fields = `Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${list(groups)}`;
  return `&user.DefaultInfo{${fields}, Extra:map[string][]string${map}}`;
}
