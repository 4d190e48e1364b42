import { redact, redactData } from '../../core/redaction.ts';
import type { Clock, Log } from '../../ports.ts';

export interface ConsoleLogOptions {
  readonly format: 'json' | 'human';
  readonly clock: Clock;
  /** Whether warnings and errors stand out, of the human format; default false. */
  readonly colours?: boolean;
  /** Takes one line without its end; default: standard error. */
  readonly write?: (line: string) => void;
}

/** A log of one line an entry, JSON for machines or plain for people; every string passes the redactor. */
export function createConsoleLog(options: ConsoleLogOptions): Log {
  const { clock, format, colours = false, write = toStandardError } = options;
  const line = format === 'json' ? jsonLine : colours ? colourLine : humanLine;
  const at =
    (level: Level): Log['info'] =>
    (message, data = {}) =>
      write(line({ time: clock.now(), level, message: redact(message), data: redactData(data) }));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

type Level = 'info' | 'warn' | 'error';

interface Entry {
  readonly time: Date;
  readonly level: Level;
  readonly message: string;
  readonly data: unknown;
}

function jsonLine({ time, level, message, data }: Entry): string {
  const fields = typeof data === 'object' ? data : {};
  return JSON.stringify({ ...fields, time: time.toISOString(), level, message });
}

function humanLine({ time, level, message, data }: Entry): string {
  const clockTime = time.toISOString().slice(11, 23);
  const fields = Object.entries(data ?? {}).map(([name, value]) => ` ${name}=${plain(value)}`);
  return visible(`${clockTime} ${level.padEnd(5)} ${message}${fields.join('')}`);
}

const COLOUR: Readonly<Record<Level, number>> = { info: 32, warn: 33, error: 31 };

function colourLine(entry: Entry): string {
  const text = humanLine(entry);
  const at = text.indexOf(' ');
  const level = entry.level.padEnd(5);
  return `\x1b[2m${text.slice(0, at)}\x1b[0m \x1b[${COLOUR[entry.level]}m${level}\x1b[0m${text.slice(at + 1 + level.length)}`;
}

function plain(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value)
    ? value
    : (JSON.stringify(value) ?? 'undefined');
}

/** Control characters in a message could forge lines or drive a terminal. */
function visible(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
