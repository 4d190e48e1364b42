import { Fault } from '../../core/failures.ts';

/** What may stand between braces. */
const CAPTURE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `template` with each `{name}` replaced by its value. Fault `invalid`, in upstream's words. */
export function renderTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const title = `invalid template ${quoted(template)}`;
  let text = '';
  for (let at = 0; at < template.length; at++) {
    const character = template[at] as string;
    if (character === '}')
      throw new Fault(
        'invalid',
        `${title}: capture ending at offset ${offset(template, at)} is missing opening brace`,
      );
    if (character !== '{') {
      text += character;
      continue;
    }
    const end = template.indexOf('}', at);
    if (end === -1)
      throw new Fault(
        'invalid',
        `${title}: capture starting at offset ${offset(template, at)} is missing closing brace`,
      );
    text += valueNamed(title, template.slice(at + 1, end), values);
    at = end;
  }
  return text;
}

function valueNamed(title: string, name: string, values: Readonly<Record<string, string>>): string {
  checkCaptureName(title, name);
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  throw new Fault('invalid', `${title}: capture variable ${quoted(name)} is not defined by pathPattern`);
}

/** Fault `invalid` for a name that is none. */
export function checkCaptureName(title: string, name: string): void {
  if (name === '') throw new Fault('invalid', `${title}: empty capture variable`);
  if (CAPTURE_NAME.test(name)) return;
  const rule = 'must be a valid capture name matching [A-Za-z_][A-Za-z0-9_]*';
  throw new Fault('invalid', `${title}: capture variable ${quoted(name)} ${rule}`);
}

/** Go counts bytes. */
function offset(text: string, at: number): number {
  return Buffer.byteLength(text.slice(0, at));
}

/** As Go's `%q` writes printable text. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
