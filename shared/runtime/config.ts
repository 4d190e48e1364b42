import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Fault } from '../core/failures.ts';
import { type OwnProxies, type ProxyAddress, proxyAddressOf } from '../core/proxy-address.ts';

/** Everything the local runtime can be told from outside. */
export interface LocalConfig {
  /** Absolute; holds all that the runtime keeps. */
  readonly stateDirectory: string;
  readonly storeDirectory: string;
  readonly secretsDirectory: string;
  readonly queuesFile: string;
  readonly logFormat: 'json' | 'human';
  /** Loopback unless told otherwise. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly artifactPort: number;
  /** Under which artifacts are advertised to consumers elsewhere, without a slash at its end; absent, where they are served. */
  readonly artifactBase?: string;
  /** 0 lets the system choose. */
  readonly webhookPort: number;
  /** 0 lets the system choose. */
  readonly metricsPort: number;
  /** Where tools such as kubectl are unpacked once for all runs. */
  readonly toolsDirectory: string;
  /** The PATH in which kustomize and kubectl are looked for. */
  readonly searchPath: string;
  /** Batches in flight per queue. */
  readonly concurrency: number;
  /** Through which everything is reached that names no proxy of its own. */
  readonly proxies: OwnProxies;
}

/** Where the local runtime keeps its state unless `SLUICE_STATE` says otherwise. */
export const DEFAULT_STATE_DIRECTORY = '.sluice';
/** Where Flux's source-controller serves its storage. */
const DEFAULT_ARTIFACT_PORT = 9090;
/** Where Flux's notification-controller takes webhooks. */
const DEFAULT_WEBHOOK_PORT = 9292;
/** Where Flux's controllers serve their metrics. */
const DEFAULT_METRICS_PORT = 8080;
const DEFAULT_CONCURRENCY = 4;
/** What serverless.yml tells a function on AWS; each function has only those that it needs. */
export type AwsSetting =
  /** The deployment's id. */
  | 'SLUICE_DEPLOYMENT'
  /** The account that everything is in. */
  | 'SLUICE_ACCOUNT'
  /** The buckets of the state, and of the webhook index. */
  | 'SLUICE_BUCKET'
  | 'SLUICE_INDEX_BUCKET'
  /** The KMS key that wraps the webhook index's own key. */
  | 'SLUICE_HOOK_KEY'
  /** The secret with the deployment's key. */
  | 'SLUICE_KEY_SECRET'
  /** What the names of secrets begin with. */
  | 'SLUICE_SECRETS'
  /** What the queues' URLs begin with. */
  | 'SLUICE_QUEUES'
  /** The URL under which artifacts are served. */
  | 'SLUICE_ARTIFACTS'
  /** The function `render`. */
  | 'SLUICE_RENDER'
  /** Set by Lambda. */
  | 'AWS_REGION';

/** A setting of this function. Fault `invalid` when it was deployed without. */
export function awsSetting(name: AwsSetting, env: Environment = process.env): string {
  const value = read(env, name);
  if (value === undefined) throw new Fault('invalid', `${name} is not set: deploy again`, { variable: name });
  return value;
}

/** Where AWS is: an endpoint of one's own when the SDK's variable for it is set. */
export function awsAccess(env: Environment = process.env): { region: string; endpoint?: string } {
  const endpoint = read(env, 'AWS_ENDPOINT_URL');
  return { region: awsSetting('AWS_REGION', env), ...(endpoint !== undefined && { endpoint }) };
}

/** Which algorithms SSH may use, each list separated by commas, as Flux's `--ssh-kex-algos` and `--ssh-hostkey-algos`. */
export function sshAlgorithms(env: Environment = process.env): {
  readonly kex?: readonly string[];
  readonly hostKey?: readonly string[];
} {
  const kex = readList(env, 'SLUICE_SSH_KEX_ALGOS');
  const hostKey = readList(env, 'SLUICE_SSH_HOSTKEY_ALGOS');
  return { ...(kex && { kex }), ...(hostKey && { hostKey }) };
}

/** The deployment's proxies, by the variables that Go's programs read, hence Flux's controllers. Fault `invalid` names the variable, not what it holds. */
export function readProxies(env: Environment = process.env): OwnProxies {
  const http = readProxy(env, 'HTTP_PROXY');
  const https = readProxy(env, 'HTTPS_PROXY');
  const all = readProxy(env, 'ALL_PROXY');
  const except = readEither(env, 'NO_PROXY')?.value;
  return {
    ...(http && { http }),
    ...(https && { https }),
    // Go heeds it for SSH alone, and passes over what is no SOCKS5.
    ...(all?.url.startsWith('socks5:') && { ssh: all }),
    ...(except !== undefined && { except }),
  };
}

/** `host:port` stands for a URL with http; the names behind `socks5h` are the proxy's to resolve, as those behind `socks5` are anyway. */
function readProxy(env: Environment, name: string): ProxyAddress | undefined {
  const found = readEither(env, name);
  if (found === undefined) return undefined;
  const { value, variable } = found;
  const whole = value.includes('://') ? value : `http://${value}`;
  const url = URL.parse(whole.replace(/^socks5h:/i, 'socks5:'));
  if (url !== null && url.hostname !== '' && /^(https?|socks5):$/.test(url.protocol))
    return proxyAddressOf(url);
  if (name === 'ALL_PROXY') return undefined;
  throw new Fault('invalid', `${variable} must be the URL of a proxy: http://, https:// or socks5://`, {
    variable,
  });
}

/** Large letters before small ones. */
function readEither(env: Environment, name: string) {
  for (const variable of [name, name.toLowerCase()]) {
    const value = read(env, variable);
    if (value !== undefined) return { variable, value };
  }
  return undefined;
}

function readList(env: Environment, name: string): readonly string[] | undefined {
  const words = read(env, name)
    ?.split(',')
    .map((word) => word.trim());
  return words?.filter((word) => word !== '');
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The local runtime's configuration; Fault `invalid` names the variable that cannot be understood. */
export function readLocalConfig(
  env: Environment = process.env,
  cwd: string = process.cwd(),
  terminal: boolean = process.stderr.isTTY === true,
): LocalConfig {
  const stateDirectory = resolve(cwd, read(env, 'SLUICE_STATE') ?? DEFAULT_STATE_DIRECTORY);
  const artifactBase = readBaseUrl(env, 'SLUICE_ARTIFACT_URL');
  return {
    stateDirectory,
    storeDirectory: join(stateDirectory, 'store'),
    secretsDirectory: join(stateDirectory, 'secrets'),
    queuesFile: join(stateDirectory, 'queues.db'),
    logFormat: readLogFormat(env) ?? (terminal ? 'human' : 'json'),
    host: read(env, 'SLUICE_HOST') ?? '127.0.0.1',
    artifactPort: readInteger(env, 'SLUICE_ARTIFACT_PORT', 0, 65_535) ?? DEFAULT_ARTIFACT_PORT,
    ...(artifactBase !== undefined && { artifactBase }),
    webhookPort: readInteger(env, 'SLUICE_WEBHOOK_PORT', 0, 65_535) ?? DEFAULT_WEBHOOK_PORT,
    metricsPort: readInteger(env, 'SLUICE_METRICS_PORT', 0, 65_535) ?? DEFAULT_METRICS_PORT,
    toolsDirectory: join(read(env, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'sluice', 'tools'),
    searchPath: read(env, 'PATH') ?? '',
    concurrency: readInteger(env, 'SLUICE_CONCURRENCY', 1, 64) ?? DEFAULT_CONCURRENCY,
    proxies: readProxies(env),
  };
}

/** An empty variable counts as absent, as shells and unit files often leave them. */
function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function readLogFormat(env: Environment): LocalConfig['logFormat'] | undefined {
  const value = read(env, 'SLUICE_LOG_FORMAT');
  if (value === undefined || value === 'json' || value === 'human') return value;
  throw invalid('SLUICE_LOG_FORMAT', value, 'json or human');
}

function readBaseUrl(env: Environment, name: string): string | undefined {
  const value = read(env, name);
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  const isBase =
    url !== null && /^https?:$/.test(url.protocol) && url.search + url.hash + url.username === '';
  if (!isBase) throw invalid(name, value, 'a URL such as http://host:9090');
  return url.href.replace(/\/+$/, '');
}

function readInteger(env: Environment, name: string, min: number, max: number): number | undefined {
  const value = read(env, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || number < min || number > max)
    throw invalid(name, value, `a whole number from ${min} to ${max}`);
  return number;
}

function invalid(name: string, value: string, expected: string): Fault {
  return new Fault('invalid', `${name} must be ${expected}`, { variable: name, value });
}
