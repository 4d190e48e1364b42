import type { Channel, Client } from 'ssh2';
import { Fault } from '../../../core/failures.ts';
import { createGrowingBuffer } from '../../../core/growing-buffer.ts';
import { FLUSH } from '../pkt-line.ts';
import { timeout } from './connection.ts';
import { createFlushFinder } from './flush.ts';

/** One running `git-upload-pack`. */
export interface Conversation {
  /** The bytes until a flush packet, or until the server hangs up; at most `maxBytes`. */
  read(until: 'flush' | 'end', maxBytes: number): Promise<Buffer>;
  write(text: string): void;
  /** Whether it has been read to its end or broken off. */
  readonly over: () => boolean;
  close(): void;
}

// What a server may say on its error stream that anybody will read.
const MAX_SAID = 4096;

/** Talks over `channel`; faults: `timeout` when the signal fires, `too-large`, `not-found`, `unauthorized`, `server-error`, `unreachable`. */
export function converse(client: Client, channel: Channel, host: string, signal: AbortSignal): Conversation {
  const chunks = channel[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer | undefined;
  let said = '';
  let over = false;
  channel.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MAX_SAID) said += chunk.toString('utf8');
  });
  const close = (): void => {
    over = true;
    channel.on('error', () => {});
    client.on('error', () => {});
    client.destroy();
  };
  signal.addEventListener('abort', close, { once: true });
  const next = async (): Promise<Buffer | undefined> => {
    if (rest !== undefined && rest.length > 0) {
      const chunk = rest;
      rest = undefined;
      return chunk;
    }
    try {
      const { value, done } = await chunks.next();
      return done ? undefined : value;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw new Fault('unreachable', `ssh: the connection to '${host}' broke`, { host }, error);
    }
  };
  return {
    async read(until, maxBytes) {
      try {
        const { bytes, behind } = await gather(next, until, maxBytes, signal, host);
        if (behind === undefined && bytes.length === 0) throw refusal(said, host);
        if (behind === undefined) close();
        rest = behind;
        return bytes;
      } catch (error) {
        // What follows a broken answer is no answer to anything.
        close();
        throw error;
      }
    },
    write: (text) => void channel.write(text),
    over: () => over,
    close() {
      if (!over) channel.end(FLUSH);
      close();
    },
  };
}

/** The bytes until a flush packet, with what came `behind` it, or all there are when the server hangs up. */
async function gather(
  next: () => Promise<Buffer | undefined>,
  until: 'flush' | 'end',
  maxBytes: number,
  signal: AbortSignal,
  host: string,
): Promise<{ readonly bytes: Buffer; readonly behind: Buffer | undefined }> {
  const gathered = createGrowingBuffer(maxBytes);
  const behindFlush = createFlushFinder();
  for (;;) {
    const chunk = await next();
    if (signal.aborted) throw timeout(host);
    if (chunk === undefined) return { bytes: gathered.bytes(), behind: undefined };
    const end = until === 'flush' ? behindFlush(chunk) : undefined;
    if (!gathered.add(end === undefined ? chunk : chunk.subarray(0, end)))
      throw new Fault('too-large', `the answer is larger than ${maxBytes} bytes`, { maxBytes });
    if (end !== undefined) return { bytes: gathered.bytes(), behind: chunk.subarray(end) };
  }
}

/** A server that hangs up before its first packet says why on its error stream, in its own words. */
function refusal(said: string, host: string): Fault {
  const text = said.replace(/\s+/g, ' ').trim();
  if (/not found|not exist|does not appear to be|could not be found|no such/i.test(text))
    return new Fault('not-found', 'repository not found', { said: text });
  if (/denied|not authori[sz]ed|permission|forbidden/i.test(text))
    return new Fault('unauthorized', 'authorization failed', { said: text });
  if (text === '') return new Fault('unreachable', `ssh: '${host}' closed the connection`, { host });
  return new Fault('server-error', `the Git server says: ${text}`, { said: text });
}
