import { Agent, request } from 'node:https';
import type { ApiAccess } from './api.ts';

/** What was answered, JSON or text. */
export interface Asked {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How to ask: headers may come more than once; `token` replaces the administrator's, none when empty. */
export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly token?: string;
}

/** A client that can be anybody. */
export interface Asker {
  ask(method: string, path: string, options?: AskOptions): Promise<Asked>;
  close(): void;
}

/** Opens a client that sends exactly the headers it is given. */
export function openAsker({ server, ca, token: administrator }: ApiAccess): Asker {
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 8 });
  return {
    ask: (method, path, { body, headers = {}, token = administrator } = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const all = {
          accept: 'application/json',
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(text !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        } as Record<string, string | string[]>;
        const call = request(new URL(path, server), { method, agent, headers: all }, (response) => {
          let answer = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            answer += chunk;
          });
          response.once('end', () => resolve({ status: response.statusCode ?? 0, body: read(answer) }));
        });
        call.once('error', reject);
        call.end(text);
      }),
    close: () => agent.destroy(),
  };
}

function read(text: string): Asked['body'] {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
