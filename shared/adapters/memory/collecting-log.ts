import { redact, redactData } from '../../core/redaction.ts';
import type { Log } from '../../ports.ts';

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A log that keeps what it was told, redacted as every log is. */
export interface CollectingLog extends Log {
  readonly entries: readonly LogEntry[];
}

/** An empty collecting log. */
export function createCollectingLog(): CollectingLog {
  const entries: LogEntry[] = [];
  const collect =
    (level: LogEntry['level']) =>
    (message: string, data: Readonly<Record<string, unknown>> = {}) => {
      entries.push({ level, message: redact(message), data: redactData(data) as LogEntry['data'] });
    };
  return { entries, info: collect('info'), warn: collect('warn'), error: collect('error') };
}
