import { LETTERS, type TimelineRow } from './timeline.ts';

/** Tells the story while it happens. */
export interface Teller {
  title(text: string): void;
  step(number: number, title: string): void;
  /** Something was seen, so many milliseconds after the step's beginning. */
  mark(name: string, milliseconds: number, text: string): void;
  note(text: string): void;
  /** Shows that `what` is being waited for, until what it returns is called. */
  waiting(what: string): () => void;
  lines(lines: readonly string[]): void;
  timeline(rows: readonly TimelineRow[], scale: string): void;
  problem(text: string): void;
  /** No more will be told. */
  close(): void;
}

/** Where a story goes. */
export interface Page {
  readonly write: (text: string) => void;
  /** Whether a line can be written over. */
  readonly terminal: boolean;
  readonly colours: boolean;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const SPIN_EVERY_MS = 100;
/** Without a terminal, what takes this long is said to be waited for, again and again. */
const REMIND_AFTER_MS = 4_000;
const STYLE = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
const LETTER_STYLE: Readonly<Record<string, keyof typeof STYLE>> = {
  F: 'cyan',
  S: 'blue',
  A: 'yellow',
  H: 'green',
};
const MARK_WIDTH = 9;
/** Where the text of a step begins. */
const MARGIN = 14;

/** The story as text for a person. */
export function textTeller({ write, terminal, colours }: Page): Teller {
  const style = (name: keyof typeof STYLE, text: string) =>
    colours ? `\x1b[${STYLE[name]}m${text}\x1b[0m` : text;
  const clear = terminal ? '\r\x1b[K' : '';
  const line = (text: string) => write(`${clear}${text}\n`);
  const waits = new Map<symbol, Wait>();
  let frame = 0;
  const spin = () => {
    if (waits.size === 0) return;
    frame += 1;
    const text = waitText([...waits.values()]);
    const width = (process.stdout.columns ?? 80) - MARGIN - 1;
    const shown = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    const sign = SPINNER[frame % SPINNER.length] ?? '';
    write(`${clear}${sign.padStart(MARGIN - 3)}   ${style('dim', shown)}`);
  };
  const remind = () => {
    const long = [...waits.values()].filter(({ since }) => performance.now() - since >= REMIND_AFTER_MS);
    if (long.length > 0) line(`${' '.repeat(MARGIN)}${waitText(long)}`);
  };
  const timer = terminal ? setInterval(spin, SPIN_EVERY_MS) : setInterval(remind, REMIND_AFTER_MS);
  return {
    title: (text) => line(style('bold', text)),
    step: (number, title) => line(`\n${style('bold', `${number}  ${title}`)}`),
    mark: (name, milliseconds, text) => {
      const time = `${Math.round(milliseconds)} ms`.padStart(11);
      const colour = name === 'failed' ? 'red' : 'green';
      line(`${style('cyan', time)}   ${style(colour, name.padEnd(MARK_WIDTH))} ${indented(text)}`);
    },
    note: (text) => line(`${' '.repeat(MARGIN)}${style('dim', indented(text, MARGIN))}`),
    waiting: (what) => {
      const key = Symbol(what);
      waits.set(key, { what, since: performance.now() });
      return () => {
        waits.delete(key);
        if (waits.size === 0) write(clear);
      };
    },
    lines: (lines) => lines.forEach(line),
    timeline: (rows, scale) => {
      const width = Math.max(0, ...rows.map(({ title }) => title.length));
      line(style('dim', `${' '.repeat(width + 8)}${scale}`));
      for (const { step, title, track } of rows) {
        const coloured = [...track].map((cell) => style(LETTER_STYLE[cell] ?? 'dim', cell)).join('');
        line(`${String(step).padStart(4)}   ${title.padEnd(width)} ${coloured}`);
      }
      line(style('dim', LETTERS.map(([letter, mark]) => `${letter} ${mark}`).join('   ')));
    },
    problem: (text) => line(style('red', text)),
    close: () => clearInterval(timer),
  };
}

interface Wait {
  readonly what: string;
  /** In milliseconds of `performance.now()`. */
  readonly since: number;
}

function waitText(waits: readonly Wait[]): string {
  const longest = performance.now() - Math.min(...waits.map(({ since }) => since));
  return `waiting for ${waits.map(({ what }) => what).join(', ')} (${(longest / 1000).toFixed(1)} s)`;
}

/** Says nothing: the result is printed as JSON. */
export const SILENT: Teller = {
  title: () => undefined,
  step: () => undefined,
  mark: () => undefined,
  note: () => undefined,
  waiting: () => () => undefined,
  lines: () => undefined,
  timeline: () => undefined,
  problem: () => undefined,
  close: () => undefined,
};

/** Further lines of a text begin where the first one does. */
function indented(text: string, by = MARGIN + MARK_WIDTH + 1): string {
  return text.trimEnd().replaceAll('\n', `\n${' '.repeat(by)}`);
}
