import { Comment, Instant, type TreeValue } from '../tree.ts';

/** A value in formats that know text only, as Go prints it. */
export function scalarText(value: TreeValue): string {
  if (value instanceof Comment) return `{${value.text} ${value.inline}}`;
  if (value instanceof Instant) return value.text;
  if (value === null) return '<nil>';
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === 'number' ? floatText(value) : String(value);
}

/** Never to be mistaken for a whole number. */
function floatText(value: number): string {
  const text = goFloat(value).toUpperCase();
  return /[.E]/.test(text) ? text : `${text}.0`;
}

/** Go's `%g` with as few digits as tell the number: with an exponent below -4 and above 5. */
export function goFloat(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
