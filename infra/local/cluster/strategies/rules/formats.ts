import { type Report, required, wrong } from './errors.ts';
import { fieldsOf, itemsOf, stringEntries, stringsOf, textOf } from './fields.ts';

/** What is wrong with a text; nothing when it is right. */
export type Format = (text: string) => readonly string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_LENGTH = 63;
const SUBDOMAIN_LENGTH = 253;
const PORT_NAME_LENGTH = 15;
const HIGHEST_PORT = 65_535;

function matching(pattern: string, says: string, ...examples: string[]) {
  const regexp = new RegExp(`^(?:${pattern})$`);
  const like = examples.map((example) => `'${example}', `).join(' or ');
  const refusal = `${says} (e.g. ${like}regex used for validation is '${pattern}')`;
  return (text: string): string[] => (regexp.test(text) ? [] : [refusal]);
}

function atMost(length: number, text: string): string[] {
  return text.length > length ? [`must be no more than ${length} characters`] : [];
}

const labelPattern = matching(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  'my-name',
  '123-abc',
);
const subdomainPattern = matching(
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
);
const wildcardPattern = matching(
  `\\*\\.${SUBDOMAIN}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
);
const label1035Pattern = matching(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
);
const keyPattern = matching(
  KEY,
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyName',
  'my.name',
  '123-abc',
);
const valuePattern = matching(
  `(${KEY})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyValue',
  'my_value',
  '12345',
);
const dataKeyPattern = matching(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
);
const headerPattern = matching(
  '[-A-Za-z0-9]+',
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  'X-Header-Name',
);
const percentPattern = matching(
  '[0-9]+%',
  "a valid percent string must be a numeric string followed by an ending '%'",
  '1%',
  '93%',
);

export const dnsLabel: Format = (text) => [...atMost(LABEL_LENGTH, text), ...labelPattern(text)];
export const dnsSubdomain: Format = (text) => [...atMost(SUBDOMAIN_LENGTH, text), ...subdomainPattern(text)];
export const dns1035Label: Format = (text) => [...atMost(LABEL_LENGTH, text), ...label1035Pattern(text)];
export const wildcardSubdomain: Format = (text) => [
  ...atMost(SUBDOMAIN_LENGTH, text),
  ...wildcardPattern(text),
];
export const labelValue: Format = (text) => [...atMost(LABEL_LENGTH, text), ...valuePattern(text)];
export const headerName: Format = headerPattern;
export const percentage: Format = percentPattern;

/** A label's key: an optional DNS subdomain and `/`, then a name. */
export const labelKey: Format = (text) => {
  const parts = text.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${keyPattern('/')[0]} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [
    ...(prefix === undefined ? [] : prefix === '' ? ['must be non-empty'] : dnsSubdomain(prefix)).map(
      (says) => `prefix part ${says}`,
    ),
    ...(name === '' ? ['must be non-empty'] : atMost(LABEL_LENGTH, name)).map((says) => `name part ${says}`),
    ...keyPattern(name).map((says) => `name part ${says}`),
  ];
};

/** A key of a ConfigMap's or Secret's data, which may become a file name. */
export const dataKey: Format = (text) => [
  ...atMost(SUBDOMAIN_LENGTH, text),
  ...dataKeyPattern(text),
  ...(text === '.' || text === '..'
    ? [`must not be '${text}'`]
    : text.startsWith('..')
      ? ["must not start with '..'"]
      : []),
];

/** The name of an environment variable: anything printable in ASCII but `=`. */
export const variableName: Format = (text) =>
  /^[ -<>-~]*$/.test(text)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** The name of a container's port. */
export const portName: Format = (text) => [
  ...atMost(PORT_NAME_LENGTH, text),
  ...(/^[-a-z0-9]+$/.test(text)
    ? []
    : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
  ...(/[a-z]/.test(text) ? [] : ['must contain at least one letter (a-z)']),
  ...(text.includes('--') ? ['must not contain consecutive hyphens'] : []),
  ...(/^-|-$/.test(text) ? ['must not begin or end with a hyphen'] : []),
];

/** A part of a URL's path, which names of RBAC's objects are. */
export const pathSegment: Format = (text) => {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((part) => text.includes(part)).map((part) => `may not contain '${part}'`);
};

/** Reports all that `format` has to say about a text. */
export function check(report: Report, field: string, text: string, format: Format): void {
  for (const says of format(text)) report.push(wrong(field, text, says));
}

export function checkPort(report: Report, field: string, port: number): void {
  if (port < 1 || port > HIGHEST_PORT) {
    report.push(wrong(field, port, `must be between 1 and ${HIGHEST_PORT}, inclusive`));
  }
}

/** A port's number, or the name of one. */
export function checkPortOrName(report: Report, field: string, port: unknown): void {
  if (typeof port === 'string') check(report, field, port, portName);
  else checkPort(report, field, Number(port ?? 0));
}

/** Reports a number below zero. */
export function checkNotNegative(report: Report, field: string, value: unknown): void {
  if (typeof value === 'number' && value < 0) {
    report.push(wrong(field, value, 'must be greater than or equal to 0'));
  }
}

/** Labels, or a map of labels to match. */
export function checkLabels(report: Report, field: string, labels: unknown): void {
  for (const [key, value] of stringEntries(labels)) {
    check(report, field, key, labelKey);
    check(report, field, value, labelValue);
  }
}

/** A LabelSelector. */
export function checkSelector(report: Report, field: string, selector: unknown): void {
  checkLabels(report, `${field}.matchLabels`, fieldsOf(selector)?.matchLabels);
  for (const [index, expression] of itemsOf(fieldsOf(selector)?.matchExpressions).entries()) {
    const path = `${field}.matchExpressions[${index}]`;
    const values = stringsOf(expression.values);
    const operator = textOf(expression.operator);
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        report.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        report.push({
          field: `${path}.values`,
          reason: 'FieldValueForbidden',
          message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        });
      }
    } else report.push(wrong(`${path}.operator`, operator, 'not a valid selector operator'));
    check(report, `${path}.key`, textOf(expression.key), labelKey);
    for (const [place, value] of values.entries())
      check(report, `${path}.values[${place}]`, value, labelValue);
  }
}
