import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Fault } from '../core/failures.ts';

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
  /** Names of the variables that ask for a proxy, which is not used: an address behind one cannot be held against the egress rule. */
  readonly unusedProxies: readonly string[];
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
/** What Go's controllers read. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;

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
    unusedProxies: PROXIES.filter((name) => read(env, name) !== undefined),
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
