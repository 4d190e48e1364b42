const LABEL =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

/** What Kubernetes 1.36 finds wrong with an object's name that is to be a DNS subdomain, in its words; `; ` between. */
export function subdomainProblem(name: string): string | undefined {
  const says =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return problems(
    name,
    253,
    SUBDOMAIN,
    `${says} (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
  );
}

/** The same of a label's value. */
export function labelValueProblem(value: string): string | undefined {
  const says = `a valid label must be an empty string or ${LABEL.replace('must consist', 'consist')}`;
  const examples = "(e.g. 'MyValue',  or 'my_value',  or '12345', regex";
  return problems(
    value,
    63,
    `(${LABEL_NAME})?`,
    `${says} ${examples} used for validation is '(${LABEL_NAME})?')`,
  );
}

/** The same of a label's key without a prefix. */
export function labelNameProblem(name: string): string | undefined {
  const examples = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex";
  return problems(
    name,
    63,
    LABEL_NAME,
    `${LABEL} ${examples} used for validation is '${LABEL_NAME}')`,
    'name part ',
  );
}

function problems(
  text: string,
  most: number,
  pattern: string,
  says: string,
  prefix = '',
): string | undefined {
  const found = [
    ...(Buffer.byteLength(text) > most ? [`${prefix}must be no more than ${most} bytes`] : []),
    ...(new RegExp(`^${pattern}$`).test(text) ? [] : [prefix + says]),
  ];
  return found.length === 0 ? undefined : found.join('; ');
}
