import { Fault, isFault } from '../../core/failures.ts';
import { withoutValues } from '../../core/redaction.ts';
import type { Git, GitAddress, GitFetch, GitRef, GitRemote, Http, ProxyAddress } from '../../ports.ts';
import type { Dial } from '../http/dial.ts';
import type { ProxyRoute } from '../http/proxy.ts';
import { type Advertisement, readAdvertisement, readRefLine, refuseError } from './advertisement.ts';
import { accessOf } from './authorization.ts';
import { fetchRequestV0, fetchRequestV2 } from './fetch-request.ts';
import { packOfV0, packOfV2 } from './pack-answer.ts';
import { createPacketReader, DELIMITER, FLUSH, packetLine, textOf } from './pkt-line.ts';
import { createSmartHttp } from './smart-http.ts';
import type { SshAlgorithms } from './ssh/connection.ts';
import type { Transport } from './transport.ts';

/** What is known of the server: assumed to be v2 at the given URL until it turns out otherwise. */
type Server =
  | { readonly base: string; readonly version: 2; readonly confirmed: boolean; readonly filters: boolean }
  | { readonly base: string; readonly version: 0; readonly advertised: Advertisement & { version: 0 } };

interface Session {
  readonly smart: Transport;
  /** Addresses whose servers turned out not to speak v2: no use in asking them first. */
  readonly old: Set<string>;
  /** Those who filter nothing, or not in this way. */
  readonly unfiltered: Set<string>;
  /** Whether the server speaks first anyway, so that nothing has to be guessed. */
  readonly announced: boolean;
  server: Server;
}

// Remembered v0 servers' repositories; forgetting them costs one request.
const MAX_REMEMBERED = 1000;

/** What a Git remote is reached by; without `dial` there is no SSH. */
export interface GitWays {
  readonly http: Http;
  readonly dial?: Dial;
  /** Opens connections through a proxy; it speaks SOCKS5, as SSH is no HTTP. */
  readonly proxyTo?: (address: ProxyAddress) => Pick<ProxyRoute, 'tunnel'>;
  readonly ssh?: SshAlgorithms;
}

/** Smart HTTP and SSH under one egress rule: `lsRefs` is one request where the server speaks protocol v2. */
export function createGit(ways: GitWays): Git {
  const old = new Set<string>();
  const unfiltered = new Set<string>();
  return {
    open(address, signal): GitRemote {
      const { base, secrets, smart } = reach(address, ways, signal);
      const announced = base === '';
      const session: Session = {
        smart,
        old,
        unfiltered,
        announced,
        server: { base, version: 2, confirmed: false, filters: true },
      };
      return {
        lsRefs: (prefixes) => discreet(secrets, lsRefs(session, prefixes)),
        fetchPack: (fetch, maxBytes) => discreet(secrets, fetchPack(session, fetch, maxBytes)),
      };
    },
  };
}

function reach(
  address: GitAddress,
  { http, dial: direct, proxyTo, ssh = {} }: GitWays,
  signal: AbortSignal,
): { readonly base: string; readonly secrets: readonly string[]; readonly smart: Transport } {
  const dial = address.proxy && proxyTo ? proxyTo(address.proxy).tunnel : direct;
  if (dial !== undefined && /^ssh:\/\//i.test(address.url)) {
    const { identity = '', knownHosts = '', password = '' } = address.auth;
    const secrets = password === '' ? [] : [password];
    const keys = { identity, knownHosts, ...(password !== '' && { passphrase: password }) };
    // The library is large, and most repositories never need it.
    const loaded = import('./ssh/transport.ts');
    const opening = loaded.then(({ createSshTransport }) =>
      createSshTransport(address.url, keys, dial, ssh, signal),
    );
    opening.catch(() => {});
    return {
      base: '',
      secrets,
      smart: {
        advertise: async () => (await opening).advertise(),
        ask: async (...given) => (await opening).ask(...given),
      },
    };
  }
  const access = accessOf(address);
  return { ...access, smart: createSmartHttp(http, access, address, signal) };
}

/** Servers say what they like, also what was sent to them: never pass that on. */
async function discreet<T>(secrets: readonly string[], answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isFault(error) || typeof error.data.said !== 'string') throw error;
    const said = withoutValues(error.data.said, secrets);
    throw new Fault(error.code, withoutValues(error.message, secrets), { ...error.data, said }, error.cause);
  }
}

async function lsRefs(session: Session, prefixes: readonly string[]): Promise<readonly GitRef[]> {
  const refs = maySpeakV2(session) ? await lsRefsV2(session, prefixes) : undefined;
  if (refs) return refs.filter(({ name }) => startsWithAny(name, prefixes));
  const server = await advertise(session);
  const all = server.version === 0 ? server.advertised.refs : await lsRefsV2(session, prefixes);
  if (all === undefined) throw refusedByServer('ls-refs');
  return all.filter(({ name }) => startsWithAny(name, prefixes));
}

/** Undefined when the server, not known to speak v2, did not understand. */
async function lsRefsV2(session: Session, prefixes: readonly string[]): Promise<GitRef[] | undefined> {
  const { server, smart } = session;
  const request = [
    packetLine('command=ls-refs\n'),
    DELIMITER,
    packetLine('peel\n'),
    packetLine('symrefs\n'),
    ...prefixes.map((prefix) => packetLine(`ref-prefix ${prefix}\n`)),
    FLUSH,
  ];
  const body = await smart.ask(server.base, request.join(''), 2, 'refs');
  if (body === undefined) return undefined;
  try {
    return readRefLines(body);
  } catch (error) {
    // a v0 server takes the command for a broken `want` and says so in its own words
    const confused = isFault(error, 'server-error', 'not-found') || isFault(error, 'malformed');
    if (confused && server.version === 2 && !server.confirmed) return undefined;
    throw error;
  }
}

function readRefLines(body: Buffer): GitRef[] {
  const reader = createPacketReader(body);
  const refs: GitRef[] = [];
  for (let packet = reader.next(); packet; packet = reader.next()) {
    if (packet.kind !== 'data') return refs;
    const line = textOf(body, packet);
    refuseError(line);
    const ref = readRefLine(line);
    if (ref) refs.push(ref);
  }
  throw new Fault('malformed', 'the Git server cut its list of refs short', {});
}

function maySpeakV2({ server, old, announced }: Session): boolean {
  return server.version === 2 && (server.confirmed || (!announced && !old.has(server.base)));
}

async function advertise(session: Session): Promise<Server> {
  const { body, moved } = await session.smart.advertise();
  const advertised = readAdvertisement(body);
  if (advertised.version === 0 && !session.announced) remember(session.old, session.server.base);
  session.server =
    advertised.version === 2
      ? { base: moved, version: 2, confirmed: true, filters: canFilter(advertised.capabilities) }
      : { base: moved, version: 0, advertised };
  return session.server;
}

/** v2 names the features of a command behind it: `fetch=shallow filter`. */
function canFilter(capabilities: ReadonlyMap<string, string>): boolean {
  return (capabilities.get('fetch') ?? '').split(' ').includes('filter');
}

function remember(old: Set<string>, base: string): void {
  if (old.size >= MAX_REMEMBERED) old.clear();
  old.add(base);
}

async function fetchPack(session: Session, fetch: GitFetch, maxBytes: number): Promise<Uint8Array> {
  const first = maySpeakV2(session) ? await fetchV2(session, fetch, maxBytes) : undefined;
  const pack = first ?? (await fetchAdvertised(session, fetch, maxBytes));
  if (pack.length <= maxBytes) return pack;
  throw new Fault('too-large', `the pack is larger than ${maxBytes} bytes`, { maxBytes });
}

async function fetchAdvertised(session: Session, fetch: GitFetch, maxBytes: number): Promise<Buffer> {
  const server = await advertise(session);
  const pack =
    server.version === 2
      ? await fetchV2(session, fetch, maxBytes)
      : await fetchV0(session, server, fetch, maxBytes);
  if (pack === undefined) throw refusedByServer('fetch');
  return pack;
}

async function fetchV2(session: Session, fetch: GitFetch, maxBytes: number): Promise<Buffer | undefined> {
  const { server, smart, unfiltered } = session;
  const filters = server.version === 2 && server.filters && !unfiltered.has(server.base);
  const body = await smart.ask(server.base, fetchRequestV2(fetch, filters), 2, { packBytes: maxBytes });
  if (body === undefined) return undefined;
  try {
    return packOfV2(body);
  } catch (error) {
    const said = isFault(error, 'server-error') ? String(error.data.said ?? '') : '';
    if (filters && fetch.filter !== undefined && /filter/.test(said)) {
      remember(unfiltered, server.base);
      return fetchV2(session, fetch, maxBytes);
    }
    // a v0 server takes the command for a broken `want`
    if (server.version === 2 && !server.confirmed && /protocol error/.test(said)) return undefined;
    throw error;
  }
}

async function fetchV0(
  session: Session,
  server: Server & { version: 0 },
  fetch: GitFetch,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const { request, sideBand } = fetchRequestV0(fetch, server.advertised.capabilities);
  const body = await session.smart.ask(server.base, request, 0, { packBytes: maxBytes });
  return body === undefined ? undefined : packOfV0(body, sideBand);
}

function refusedByServer(what: string): Fault {
  return new Fault('server-error', `the Git server refused '${what}'`, { what });
}

function startsWithAny(name: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => name.startsWith(prefix));
}
