import { KUBERNETES_TABLE } from '../../../../shared/core/kubernetes-schema/table.ts';

/** One field of a message, as Go writes it in JSON. */
export interface Field {
  /** Empty when the members of its message are those of this one. */
  readonly name: string;
  readonly shape: 'one' | 'list' | 'map';
  /** `s` text, `i` integer, `b` boolean, `y` bytes, or a message. */
  readonly type: string;
  /** A zero is left out. */
  readonly omitsZero: boolean;
  /** Null when there is none. */
  readonly always: boolean;
}

/** Fields by their numbers. */
export type Message = ReadonlyMap<number, Field>;

const parsed = new Map<string, Message>();

/** The name of a built-in kind's message, such as `apps.v1.Deployment`; undefined of others. */
export function messageOf(apiVersion: string, kind: string): string | undefined {
  // Every group takes them under its own name.
  if (kind === 'DeleteOptions') return 'meta.v1.DeleteOptions';
  const [name] =
    Object.entries(KUBERNETES_TABLE.packages).find(([, [, served]]) => served === apiVersion) ?? [];
  return name === undefined ? undefined : `${name}.${kind}`;
}

/** Reads `text`, the fields of message `name` in the table. */
export function messageFields(name: string, text: string): Message {
  const known = parsed.get(name);
  if (known) return known;
  const fields = new Map(text.split(';').flatMap((field) => (field === '' ? [] : [fieldOf(field)])));
  parsed.set(name, fields);
  return fields;
}

function fieldOf(text: string): [number, Field] {
  const [number, name = '', type = ''] = text.split(' ');
  const shape = type.startsWith('[') ? 'list' : type.startsWith('{') ? 'map' : 'one';
  return [
    Number(number),
    {
      name: name === '-' ? '' : name,
      shape,
      type: type.replace(/^[[{]/, '').replace(/[?!]$/, ''),
      omitsZero: type.endsWith('?'),
      always: type.endsWith('!'),
    },
  ];
}
