import type { KindRules } from '../kind-rules.ts';
import { forbidden, immutable, type Report, required, tooLong, wrong } from '../rules/errors.ts';
import {
  type Fields,
  fallback,
  fieldsOf,
  itemsOf,
  sameValue,
  stringEntries,
  textOf,
} from '../rules/fields.ts';
import { check, dataKey } from '../rules/formats.ts';

/** The most that a Secret or a ConfigMap may hold, in bytes: 1 MiB, as of pkg/apis/core/types.go. */
const MOST_BYTES = 1_048_576;
const FROZEN = 'field is immutable when `immutable` is set';
const ACCOUNT = 'kubernetes.io/service-account.name';
/** The keys that a Secret of some type must have. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const JSON_KEYS = ['.dockercfg', '.dockerconfigjson'];

export const secret: KindRules = {
  defaults(object) {
    fallback(object, 'type', 'Opaque');
    // What comes as text is folded in by the decoder, too.
    const texts = stringEntries(object.stringData);
    delete object.stringData;
    if (texts.length === 0) return;
    const folded = texts.map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    object.data = { ...fieldsOf(object.data), ...Object.fromEntries(folded) };
  },
  validate(report, object, old) {
    if (old) {
      if (object.type !== old.type) report.push(immutable('type', object.type));
      checkFrozen(report, object, old, ['data']);
    }
    let bytes = 0;
    for (const [key, value] of stringEntries(object.data)) {
      check(report, `data[${key}]`, key, dataKey);
      bytes += Buffer.byteLength(value, 'base64');
    }
    if (bytes > MOST_BYTES) report.push(tooLong('data', MOST_BYTES));
    checkType(report, object);
  },
};

function checkType(report: Report, object: Fields): void {
  const type = textOf(object.type);
  const data = fieldsOf(object.data) ?? {};
  const annotations = fieldsOf(fieldsOf(object.metadata)?.annotations);
  if (type === 'kubernetes.io/service-account-token' && textOf(annotations?.[ACCOUNT]) === '') {
    report.push(required(`metadata.annotations[${ACCOUNT}]`));
  }
  if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
    report.push(required('data[username]'), required('data[password]'));
  }
  for (const key of KEYS[type] ?? []) {
    if (!(key in data)) report.push(required(`data[${key}]`));
    else if (JSON_KEYS.includes(key)) checkJson(report, `data[${key}]`, textOf(data[key]));
  }
}

// A message must not quote a secret.
function checkJson(report: Report, at: string, value: string): void {
  const text = Buffer.from(value, 'base64').toString();
  try {
    JSON.parse(text);
  } catch {
    const detail = text === '' ? 'unexpected end of JSON input' : 'invalid character in JSON input';
    report.push(wrong(at, '<secret contents redacted>', detail));
  }
}

function checkFrozen(report: Report, object: Fields, old: Fields, members: readonly string[]): void {
  if (old.immutable !== true) return;
  if (object.immutable !== true) report.push(forbidden('immutable', FROZEN));
  for (const name of members) {
    if (!sameValue(object[name] ?? {}, old[name] ?? {})) report.push(forbidden(name, FROZEN));
  }
}

export const configMap: KindRules = {
  validate(report, object, old) {
    if (old) checkFrozen(report, object, old, ['data', 'binaryData']);
    const binary = fieldsOf(object.binaryData) ?? {};
    let bytes = 0;
    for (const [key, value] of stringEntries(object.data)) {
      check(report, `data[${key}]`, key, dataKey);
      if (Object.hasOwn(binary, key))
        report.push(wrong(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      bytes += Buffer.byteLength(value);
    }
    for (const [key, value] of stringEntries(binary)) {
      check(report, `binaryData[${key}]`, key, dataKey);
      bytes += Buffer.byteLength(value, 'base64');
    }
    if (bytes > MOST_BYTES) report.push(tooLong('', MOST_BYTES));
  },
};

/** Old releases wrote the tokens' Secrets into the account itself; nothing of theirs is kept but names. */
export const serviceAccount: KindRules = {
  create: cleaned,
  update: cleaned,
};

function cleaned(object: Fields): void {
  const secrets = itemsOf(object.secrets);
  if (secrets.length > 0) object.secrets = secrets.map(({ name }) => ({ name }));
}
