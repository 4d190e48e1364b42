import { Agent, request } from 'node:https';
import { inject } from 'vitest';
import { openCluster } from '../../../infra/local/cluster/open.ts';
import type { ApiAccess } from '../api.ts';
import type { Told } from './told.ts';

/** What one server answered. */
export interface Said {
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: Told;
}

/** How to ask. */
export interface Question {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** No token. */
  readonly anonymous?: boolean;
}

/** A real API server and an embedded one, asked the same. */
export interface Twins {
  real(method: string, path: string, question?: Question): Promise<Said>;
  ours(method: string, path: string, question?: Question): Promise<Said>;
  /** How to reach ours. */
  readonly access: ApiAccess;
  /** Both answers. */
  both(method: string, path: string, question?: Question): Promise<readonly [real: Said, ours: Said]>;
  close(): Promise<void>;
}

/** Opens an embedded cluster beside the real one of the tests. */
export async function openTwins(): Promise<Twins> {
  const cluster = await openCluster();
  const real = speaker({ url: inject('server'), ca: inject('ca'), token: inject('token') });
  const ours = speaker(cluster);
  return {
    access: { server: cluster.url, ca: cluster.ca, token: cluster.token },
    real: real.ask,
    ours: ours.ask,
    both: (...question) => Promise.all([real.ask(...question), ours.ask(...question)]),
    async close() {
      real.close();
      ours.close();
      await cluster.close();
    },
  };
}

/** `json` without what differs from server to server and from moment to moment. */
export function normal(json: unknown): unknown {
  const text = JSON.stringify(json, (key, value) => (VOLATILE.has(key) ? `<${key}>` : value));
  return text === undefined ? undefined : JSON.parse(text);
}

const VOLATILE = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'time',
  'serverAddress',
  'continue',
]);

function speaker({ url, ca, token }: { url: string; ca: string; token: string }) {
  const agent = new Agent({ keepAlive: true, ca });
  function ask(method: string, path: string, { body, headers, anonymous }: Question = {}): Promise<Said> {
    const sent =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, url),
        {
          method,
          agent,
          headers: {
            'user-agent': 'twins/1',
            ...(!anonymous && { authorization: `Bearer ${token}` }),
            ...(sent !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(sent),
            }),
            ...headers,
          },
        },
        async (response) => {
          const text = Buffer.concat(await response.toArray()).toString();
          const contentType = response.headers['content-type'] ?? '';
          resolve({
            status: response.statusCode ?? 0,
            contentType,
            warnings: response.headersDistinct.warning ?? [],
            text,
            json:
              contentType.startsWith('application/json') && !text.startsWith('{"type"')
                ? parsed(text)
                : undefined,
          });
        },
      );
      call.once('error', reject);
      call.end(sent);
    });
  }
  return { ask, close: () => agent.destroy() };
}

function parsed(text: string) {
  return text === '' ? undefined : JSON.parse(text);
}
