import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { bootstrap } from '../../../../infra/local/cluster/access/bootstrap.ts';
import {
  clientCertificate,
  type Identity,
  makeIdentity,
  makeServerIdentity,
} from '../../../../infra/local/cluster/access/identity.ts';
import { openAccess } from '../../../../infra/local/cluster/access/open-access.ts';
import { type ServeOptions, serve } from '../../../../infra/local/cluster/http/serve.ts';
import type { Api, Nature } from '../../../../infra/local/cluster/model.ts';
import { openCatalog } from '../../../../infra/local/cluster/requests/catalog.ts';
import { followDefinitions } from '../../../../infra/local/cluster/requests/definitions.ts';
import { openApi } from '../../../../infra/local/cluster/requests/open-api.ts';
import { builtInResources } from '../../../../infra/local/cluster/schema/built-in-resources.ts';
import { structural } from '../../../../infra/local/cluster/schema/structural.ts';
import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { strategyOf } from '../../../../infra/local/cluster/strategies/strategy-of.ts';
import type { Told } from '../../../control-plane/cluster-http/told.ts';

/** What came back, with its body read as JSON when it is that. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: Told;
}

/** How to ask. */
export interface Question {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Of the user; the administrator's when absent, none when null. */
  readonly token?: string | null;
  /** A client certificate instead of a token. */
  readonly user?: { readonly name: string; readonly groups: readonly string[] };
  /** Whose authority signed the certificate; its own when absent. */
  readonly foreign?: Pick<ServedCluster, 'identity'>;
}

/** A cluster on a real socket whose time is set by hand. */
export interface ServedCluster {
  readonly url: string;
  readonly port: number;
  readonly identity: Identity;
  readonly logged: readonly string[];
  /** How many watches are open beneath HTTP. */
  readonly watches: number;
  ask(method: string, path: string, question?: Question): Promise<Reply>;
  /** The open answer of a request: for streams. */
  open(path: string, headers?: Readonly<Record<string, string>>): Promise<IncomingMessage>;
  /** Moves time on, and does what is due. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

// Within the time of certificates, which TLS holds against the real time.
const START = new Date(new Date().setUTCMilliseconds(0));
const TOKEN = 'administrator';
const VERSION = 'v1.36.3+test';
const shared = makeServerIdentity(START);

/** Serves a new cluster without controllers; `parts` replaces what a test wants to be different. */
export async function servedCluster(parts: Partial<ServeOptions> = {}): Promise<ServedCluster> {
  const { nature, pass } = setNature();
  const store = openStore({ nature });
  const identity = makeIdentity(shared, START);
  const administrator = { name: 'kubernetes-admin', groups: ['system:masters'] };
  bootstrap(store, nature);
  const access = openAccess({ store, nature, identity, tokens: { [TOKEN]: administrator } });
  const catalog = openCatalog({ store, builtIn: builtInResources(), structural });
  const world = { store, catalog, strategies: strategyOf, nature, access, virtual: access.virtual };
  const api = openApi(world);
  const stop = followDefinitions(world, api);
  const logged: string[] = [];
  let watches = 0;
  const counted: Api = {
    ...api,
    watch(...args) {
      const stopWatch = api.watch(...args);
      watches += 1;
      return () => {
        watches -= 1;
        stopWatch();
      };
    },
  };
  const serving = await serve({
    ...{
      api: counted,
      catalog,
      access,
      virtual: access.virtual,
      nature,
      version: VERSION,
      tls: identity.server,
    },
    readCertificate: access.readCertificate,
    log: (line) => logged.push(line),
    ...parts,
  });
  const agent = new Agent({ keepAlive: true, ca: identity.authority.certificate });
  const ca = identity.authority.certificate;

  function send(method: string, path: string, { body, headers, token, user, foreign }: Question = {}) {
    const text =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const own = user && {
      agent: false,
      ca,
      ...pemOf(clientCertificate(foreign?.identity ?? identity, user.name, user.groups, START)),
    };
    return new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(
        new URL(path, serving.url),
        {
          method,
          agent,
          ...own,
          headers: {
            ...(token !== null && !user && { authorization: `Bearer ${token ?? TOKEN}` }),
            ...(text !== undefined && { 'content-type': 'application/json' }),
            ...(text !== undefined &&
              !headers?.['transfer-encoding'] && { 'content-length': Buffer.byteLength(text) }),
            ...headers,
          } as Record<string, string>,
        },
        resolve,
      );
      call.once('error', reject);
      call.end(text);
    });
  }

  return {
    url: serving.url,
    identity,
    port: Number(new URL(serving.url).port),
    logged,
    pass,
    get watches() {
      return watches;
    },
    async ask(method, path, question) {
      const response = await send(method, path, question);
      const text = Buffer.concat(await response.toArray()).toString();
      const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
      const encoded = response.headers['content-encoding'] !== undefined;
      const json = isJson && !encoded && text !== '' ? JSON.parse(text) : undefined;
      return { status: response.statusCode ?? 0, headers: response.headers, text, json };
    },
    open: (path, headers = {}) => send('GET', path, { headers }),
    async close() {
      await serving.close();
      stop();
      catalog.close();
      store.close();
    },
  };
}

/** The events of a watch as they come. */
export async function* eventsOf(
  response: IncomingMessage,
): AsyncGenerator<{ type: string; object: Reply['json'] }> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

function pemOf({ certificate, key }: { certificate: string; key: string }) {
  return { cert: certificate, key };
}

function setNature(): { nature: Nature; pass(seconds: number): void } {
  let now = START.getTime();
  let made = 0;
  const due = new Set<{ readonly at: number; readonly task: () => void }>();
  const nature: Nature = {
    now: () => new Date(now),
    uuid: () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    suffix: (length) => String(++made).padStart(length, 'x'),
    after(milliseconds, task) {
      const one = { at: now + milliseconds, task };
      due.add(one);
      return () => due.delete(one);
    },
  };
  return {
    nature,
    pass(seconds) {
      now += seconds * 1_000;
      for (const one of [...due]) {
        if (one.at > now || !due.delete(one)) continue;
        one.task();
      }
    },
  };
}
