import { type Field, messageFields, messageOf } from './messages.ts';
import { SPECIAL } from './special.ts';
import table from './table.json' with { type: 'json' };
import { WireError, type WireField, wireFields } from './wire.ts';

/** The media type of what Go's typed clients send for built-in kinds, whatever they would rather read. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** What an object is wrapped in: `k8s` and a zero, then runtime.Unknown. */
const MAGIC = Buffer.from('k8s\0');

/** Deeper than any built-in kind goes. */
const MAX_DEPTH = 32;

const MESSAGES: Readonly<Record<string, string>> = table.messages;

/** The object in `body`, the encoding of Kubernetes' typed Go clients, as they would write it in JSON; undefined when its kind is not built in. Throws WireError. */
export function decodeObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw new WireError('the body has no prefix k8s');
  const envelope = bytesOf(body.subarray(MAGIC.length));
  const meta = bytesOf(envelope.get(1) ?? Buffer.alloc(0));
  const apiVersion = meta.get(1)?.toString() ?? '';
  const kind = meta.get(2)?.toString() ?? '';
  const name = messageOf(apiVersion, kind);
  if (name === undefined || MESSAGES[name] === undefined) return undefined;
  return { kind, apiVersion, ...decodeMessage(name, envelope.get(2) ?? Buffer.alloc(0), 0) };
}

/** Whether objects of a kind can be read from protobuf. */
export function isReadable(apiVersion: string, kind: string): boolean {
  return MESSAGES[messageOf(apiVersion, kind) ?? ''] !== undefined;
}

function decodeMessage(name: string, message: Buffer, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new WireError('the body is nested too deep');
  const fields = messageFields(name, MESSAGES[name] ?? '');
  const object: Record<string, unknown> = {};
  for (const wire of wireFields(message)) {
    const field = fields.get(wire.number);
    if (field) add(object, field, wire, depth);
  }
  for (const { name: member, always } of fields.values()) {
    if (always) object[member] ??= null;
  }
  return object;
}

function add(object: Record<string, unknown>, field: Field, wire: WireField, depth: number): void {
  const { name, shape, type, omitsZero } = field;
  if (shape === 'list') {
    object[name] ??= [];
    (object[name] as unknown[]).push(decodeValue(type, wire, depth));
  } else if (shape === 'map') {
    object[name] ??= {};
    addEntry(object[name] as Record<string, unknown>, type, wire, depth);
  } else if (name === '') {
    Object.assign(object, decodeValue(type, wire, depth));
  } else {
    const value = decodeValue(type, wire, depth);
    if (!(omitsZero && isZero(value))) object[name] = value ?? null;
  }
}

/** A map's entry is a message of key and value. */
function addEntry(map: Record<string, unknown>, type: string, wire: WireField, depth: number): void {
  let key = '';
  let value: unknown = zeroOf(type);
  for (const part of wireFields(bytes(wire))) {
    if (part.number === 1) key = bytes(part).toString();
    if (part.number === 2) value = decodeValue(type, part, depth);
  }
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

function decodeValue(type: string, wire: WireField, depth: number): unknown {
  switch (type) {
    case 's':
      return bytes(wire).toString();
    case 'y':
      return bytes(wire).toString('base64');
    case 'b':
      return integer(wire) !== 0n;
    case 'i': {
      const value = integer(wire);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    default: {
      const special = SPECIAL[type];
      return special ? special(bytes(wire)) : decodeMessage(type, bytes(wire), depth + 1);
    }
  }
}

function zeroOf(type: string): unknown {
  return type === 's' || type === 'y' ? '' : type === 'i' ? 0 : type === 'b' ? false : {};
}

function isZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === '' || value === 0 || value === false;
}

function bytesOf(message: Buffer): ReadonlyMap<number, Buffer> {
  const found = [...wireFields(message)].flatMap((field): [number, Buffer][] =>
    field.type === 'bytes' ? [[field.number, field.value]] : [],
  );
  return new Map(found);
}

function bytes(wire: WireField): Buffer {
  if (wire.type !== 'bytes') throw new WireError(`proto: wrong wireType for field ${wire.number}`);
  return wire.value;
}

function integer(wire: WireField): bigint {
  if (wire.type !== 'varint') throw new WireError(`proto: wrong wireType for field ${wire.number}`);
  return BigInt.asIntN(64, wire.value);
}
