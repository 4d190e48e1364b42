import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNursery } from '../control-plane/processes.ts';
import { untilListening } from './aws-server.ts';
import { ociProgram } from './oci-programs.ts';
import { freePorts } from './ports.ts';

/** A registry on the loopback. */
export interface OciServer {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Who may pull and push, and how the registry asks for it. */
export interface RegistryOptions {
  /** Asks for Basic credentials, these: `REGISTRY_USER`. */
  readonly basic?: boolean;
  /** Sends clients to a token server. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
}

/** The one user of a registry with Basic credentials, and the bcrypt hash of the password. */
export const REGISTRY_USER = { username: 'robot', password: 's3cret-of-tests' } as const;
const HASH = '$2a$04$vS204Y4IyH2W7ebHngdzoOQWscqGi.fvVoB.3mW90Se3xUuKv86ci';

/** Starts the CNCF's distribution registry: without the referrers API, with every way to ask for credentials. */
export async function startRegistry(options: RegistryOptions = {}): Promise<OciServer> {
  const place = await mkdtemp(join(tmpdir(), 'sluice-registry-'));
  const [port = 0] = await freePorts(1);
  const { basic, token, tls } = options;
  await mkdir(join(place, 'data'));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(place, name), text);
    return join(place, name);
  };
  const http = {
    addr: `127.0.0.1:${port}`,
    secret: 'of tests',
    ...(tls && {
      tls: {
        certificate: await file('server.crt', tls.certificate),
        key: await file('server.key', tls.key),
        ...(tls.clientCa && { clientcas: [await file('client-ca.crt', tls.clientCa)] }),
      },
    }),
  };
  const auth = {
    ...(basic && {
      htpasswd: { realm: 'test', path: await file('htpasswd', `${REGISTRY_USER.username}:${HASH}\n`) },
    }),
    ...(token && {
      token: {
        ...{ realm: token.realm, service: token.service, issuer: token.issuer },
        rootcertbundle: await file('token.crt', token.certificate),
      },
    }),
  };
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(place, 'data') }, delete: { enabled: true } },
    http,
    ...((basic || token) && { auth }),
  };
  const path = await file('config.yml', JSON.stringify(config));
  return start('registry', ['serve', path], port, place, tls ? 'https' : 'http');
}

/** Starts go-containerregistry's registry, in memory, with the referrers API. */
export async function startReferrersRegistry(): Promise<OciServer> {
  const place = await mkdtemp(join(tmpdir(), 'sluice-registry-'));
  const [port = 0] = await freePorts(1);
  return start('referrers', ['--address', `127.0.0.1:${port}`], port, place, 'http');
}

async function start(
  program: 'registry' | 'referrers',
  args: readonly string[],
  port: number,
  place: string,
  scheme: 'http' | 'https',
): Promise<OciServer> {
  const nursery = openNursery(place);
  // No traces, and no proxy of this machine.
  const environment = { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' };
  const server = nursery.start(program, ociProgram(program), args, environment);
  await untilListening(port, server);
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `${scheme}://${host}`,
    async stop() {
      await nursery.close();
      await rm(place, { recursive: true, force: true });
    },
  };
}
