import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { KubeConfig, User } from '@kubernetes/client-node';
import type { ConnectOptions } from '../../shared/adapters/kubernetes/connect.ts';
import { Fault } from '../../shared/core/failures.ts';
import { isYamlMap, parseYaml, type YamlValue } from '../../shared/core/yaml.ts';
import { clusterWays } from '../../shared/runtime/cluster-ways.ts';
import { readProxies } from '../../shared/runtime/config.ts';
import type { Input } from './command.ts';
import { logIn } from './person-credentials.ts';
import type { World } from './world.ts';

/** How the person at the keyboard reaches a cluster. */
export interface Person {
  readonly context: string;
  readonly user: string;
  /** The file, or the files, it was read from. */
  readonly source: string;
  /** `--kubeconfig` and `--context` as they were given, for commands that are printed. */
  readonly kubectl: string;
  readonly connection: Pick<ConnectOptions, 'server' | 'ca' | 'tlsServerName' | 'credentials' | 'tunnel'>;
  readonly impersonate?: string;
}

/** Reads the kubeconfig as the person's own kubectl does, programs and files included. Faults: `not-found`, `malformed`, `invalid`, `unauthorized`. */
export async function readPerson(input: Input, world: World): Promise<Person> {
  const files = kubeconfigFiles(input, world);
  const source = files.join(delimiter);
  const { config, tokenFiles } = await loadFiles(files);
  const context = contextOf(config, input.text('context'), source);
  config.setCurrentContext(context.name);
  const cluster = config.getCluster(context.cluster);
  const user = config.getUser(context.user);
  const about = `context "${context.name}" of ${source}`;
  if (!cluster) throw new Fault('invalid', `${about} names cluster "${context.cluster}", which is not there`);
  if (!user) throw new Fault('invalid', `${about} names user "${context.user}", which is not there`);
  if (cluster.skipTLSVerify)
    throw refused(about, 'insecure-skip-tls-verify', 'put the CA into certificate-authority-data');
  if (cluster.proxyUrl) throw refused(about, 'proxy-url', 'use an address that is reachable without it');
  if (!/^https:\/\//i.test(cluster.server ?? '')) {
    throw new Fault('invalid', `${about} has server ${cluster.server}; Sluice speaks https only`);
  }
  if (user.username) throw refused(about, 'username', 'use a token or a client certificate');
  const { tlsServerName, server } = cluster;
  const { credentials, ca } = await logIn(config, about, tokenFiles.get(user.name));
  return {
    context: context.name,
    user: context.user,
    source,
    kubectl: kubectlOf(input),
    connection: {
      ...{ server, credentials, tunnel: clusterWays(true, readProxies(world.env)).tunnelFor(server) },
      ...(ca && { ca }),
      ...(tlsServerName && { tlsServerName }),
    },
    ...impersonation(user),
  };
}

/** `--kubeconfig`, else the files of KUBECONFIG that exist, else `~/.kube/config`. Fault `not-found`. */
export function kubeconfigFiles(input: Input, world: World): readonly string[] {
  const given = input.text('kubeconfig');
  const listed = (world.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  const usual = join(world.home, '.kube', 'config');
  const wished = given !== undefined ? [given] : listed.length > 0 ? listed : [usual];
  const files = wished.map((file) => resolve(world.cwd, file)).filter((file) => existsSync(file));
  if (files.length > 0) return files;
  const advice =
    given === undefined ? 'give --kubeconfig FILE or set KUBECONFIG' : 'give a file that is there';
  throw new Fault('not-found', `there is no kubeconfig ${wished.join(delimiter)}; ${advice}`);
}

/** `kubectl` with the flags that lead to the same cluster. */
function kubectlOf(input: Input): string {
  const flags = ['kubeconfig', 'context'].flatMap((flag) => {
    const value = input.text(flag);
    return value === undefined ? [] : [`--${flag} ${value}`];
  });
  return ['kubectl', ...flags].join(' ');
}

interface Loaded {
  readonly config: KubeConfig;
  /** By user. */
  readonly tokenFiles: ReadonlyMap<string, string>;
}

/** kubectl: the first file that has a name, or a current context, wins. */
async function loadFiles(files: readonly string[]): Promise<Loaded> {
  // Takes a third of a second: only when it is needed.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const tokenFiles = new Map<string, string>();
  for (const file of files) {
    const part = new KubeConfig();
    try {
      part.loadFromFile(file, { onInvalidEntry: 'filter' });
    } catch (error) {
      throw unreadable(file, error);
    }
    for (const [user, path] of tokenFilesOf(file)) {
      if (!config.getUser(user)) tokenFiles.set(user, path);
    }
    config.clusters.push(...part.clusters.filter(({ name }) => !config.getCluster(name)));
    config.users.push(...part.users.filter(({ name }) => !config.getUser(name)));
    config.contexts.push(...part.contexts.filter(({ name }) => !config.getContextObject(name)));
    if (!config.getCurrentContext() && part.getCurrentContext()) {
      config.setCurrentContext(part.getCurrentContext());
    }
  }
  return { config, tokenFiles };
}

/** Without the parser's own words, which quote the text, which holds secrets. */
function unreadable(file: string, error: unknown): Fault {
  const line = (error as { mark?: { line?: number } }).mark?.line;
  const where = line === undefined ? '' : ` (line ${line + 1})`;
  const text = `${file} cannot be read as a kubeconfig${where}; give another with --kubeconfig`;
  return new Fault('malformed', text, { file });
}

/** client-node reads no `tokenFile`; kubectl does. */
function tokenFilesOf(file: string): readonly (readonly [string, string])[] {
  let root: YamlValue = null;
  try {
    root = parseYaml(readFileSync(file, 'utf8'));
  } catch {
    // client-node has read it.
  }
  const users = isYamlMap(root) && Array.isArray(root.users) ? root.users : [];
  return users.flatMap((entry: YamlValue) => {
    const user = isYamlMap(entry) ? entry.user : undefined;
    if (!isYamlMap(entry) || !isYamlMap(user)) return [];
    const { name } = entry;
    const { tokenFile } = user;
    if (typeof name !== 'string' || typeof tokenFile !== 'string' || tokenFile === '') return [];
    return [[name, resolve(dirname(file), tokenFile)] as const];
  });
}

function contextOf(config: KubeConfig, wished: string | undefined, source: string) {
  const names = config.getContexts().map(({ name }) => name);
  if (names.length === 0) {
    throw new Fault('malformed', `${source} holds no context; is it a kubeconfig?`);
  }
  const name = wished ?? config.getCurrentContext();
  const has = `it has ${names.join(', ')}`;
  if (!name)
    throw new Fault('invalid', `${source} has no current context; choose one with --context (${has})`);
  const context = config.getContextObject(name);
  if (context) return context;
  throw new Fault('invalid', `${source} has no context "${name}"; ${has}`);
}

function impersonation(user: User): { readonly impersonate?: string } {
  return user.impersonateUser ? { impersonate: user.impersonateUser } : {};
}

function refused(about: string, field: string, advice: string): Fault {
  return new Fault('invalid', `${about} uses ${field}, which Sluice does not; ${advice}`, { field });
}
