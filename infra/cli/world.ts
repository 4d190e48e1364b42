import type { Clock } from '../../shared/ports.ts';

/** What a command can see and do besides clusters and the state directory. */
export interface World {
  /** Writes one line, or several, to standard output. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person is there to be asked. */
  readonly interactive: boolean;
  /** Whether to write symbols, as flux does on a terminal. */
  readonly symbols: boolean;
  /** The answer, trimmed. */
  readonly ask: (question: string) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly clock: Clock;
}
