import { parseJson } from '../../../../shared/core/json.ts';
import { type WireField, wireFields } from './wire.ts';

/** Messages that are something else in JSON; undefined is left out where zeros are, and null elsewhere. */
export const SPECIAL: Readonly<Record<string, (message: Buffer) => unknown>> = {
  'meta.v1.Time': (message) => timeOf(message, 0),
  'meta.v1.MicroTime': (message) => timeOf(message, 6),
  'meta.v1.FieldsV1': rawJson,
  'runtime.RawExtension': rawJson,
  'api.resource.Quantity': (message) => textOf(fieldsOf(message).get(1)) || '0',
  'util.intstr.IntOrString': (message) => {
    const fields = fieldsOf(message);
    return integerOf(fields.get(1)) === 0 ? integerOf(fields.get(2)) : textOf(fields.get(3));
  },
  'authentication.v1.ExtraValue': texts,
  'authorization.v1.ExtraValue': texts,
};

function timeOf(message: Buffer, digits: number): string | undefined {
  const fields = fieldsOf(message);
  if (fields.size === 0) return undefined;
  const text = new Date(integerOf(fields.get(1)) * 1000).toISOString();
  const nanoseconds = String(integerOf(fields.get(2))).padStart(9, '0');
  return text.replace(/\.\d+Z/, digits === 0 ? 'Z' : `.${nanoseconds.slice(0, digits)}Z`);
}

function rawJson(message: Buffer): unknown {
  const text = textOf(fieldsOf(message).get(1));
  return text === '' ? undefined : parseJson(text);
}

function texts(message: Buffer): readonly string[] {
  return [...wireFields(message)].map(textOf);
}

function fieldsOf(message: Buffer): ReadonlyMap<number, WireField> {
  return new Map([...wireFields(message)].map((field) => [field.number, field]));
}

function integerOf(field: WireField | undefined): number {
  return field?.type === 'varint' ? Number(BigInt.asIntN(64, field.value)) : 0;
}

function textOf(field: WireField | undefined): string {
  return field?.type === 'bytes' ? field.value.toString() : '';
}
