import { parseDuration } from '../../../shared/core/durations.ts';
import type { Flags, Input } from '../command.ts';
import { STATE_FLAG } from '../command.ts';
import { usage } from '../problems.ts';
import type { World } from '../world.ts';

/** Flags of every `sluice bootstrap`, named as those of `flux bootstrap`. */
export const BOOTSTRAP_FLAGS = {
  cluster: { type: 'string', value: 'NAME', help: 'the registered cluster (required)' },
  path: { type: 'string', value: 'DIR', help: "the cluster's folder in the repository (required)" },
  branch: { type: 'string', value: 'NAME', help: 'branch to commit to and to follow (default: main)' },
  interval: { type: 'string', value: 'DURATION', help: 'how often to look at the repository (default: 1m)' },
  'token-auth': {
    type: 'boolean',
    help: "let the cluster's source read with your own token, which is then kept in the cluster",
  },
  'ca-file': { type: 'string', value: 'FILE', help: "the Git host's authority, in PEM" },
  'author-name': { type: 'string', value: 'NAME', help: 'author of commits (default: Flux)' },
  'author-email': { type: 'string', value: 'ADDRESS', help: "author's address (default: none)" },
  yes: { type: 'boolean', short: 'y', help: 'do not ask, also where Flux itself runs' },
  ...STATE_FLAG,
} as const satisfies Flags;

/** Flags of the hosts whose API is known. */
export const HOST_FLAGS = {
  owner: { type: 'string', value: 'NAME', help: 'user, organisation or group (required)' },
  repository: { type: 'string', value: 'NAME', help: 'repository, created when it is missing (required)' },
  personal: { type: 'boolean', help: 'the owner is a user' },
  private: {
    type: 'string',
    value: 'true|false',
    help: 'whether a new repository is private (default: true)',
  },
  'webhook-url': {
    type: 'string',
    value: 'URL',
    help: 'where your deployment takes webhooks; the host then announces each push',
  },
} as const satisfies Flags;

/** What every `sluice bootstrap` has to know. */
export interface BootstrapOptions {
  readonly cluster: string;
  /** Without `./` before and `/` behind; empty for the root. */
  readonly path: string;
  readonly branch: string;
  /** Milliseconds. */
  readonly interval: number;
  readonly tokenAuth: boolean;
  readonly caFile?: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly yes: boolean;
}

/** Fault `invalid` with exit code 2 names what cannot be understood. */
export function bootstrapOptions(input: Input): BootstrapOptions {
  const caFile = input.text('ca-file');
  return {
    cluster: required(input, 'cluster'),
    path: folderOf(required(input, 'path')),
    branch: branchOf(input.text('branch') ?? 'main'),
    interval: intervalOf(input.text('interval') ?? '1m'),
    tokenAuth: input.on('token-auth'),
    ...(caFile !== undefined && { caFile }),
    author: { name: input.text('author-name') ?? 'Flux', email: input.text('author-email') ?? '' },
    yes: input.on('yes'),
  };
}

/** A flag that has to be given. */
export function required(input: Input, flag: string): string {
  const value = input.text(flag);
  if (value === undefined || value === '') throw usage(`--${flag} is missing`);
  return value;
}

/** The person's token from the environment. Fault `invalid` with exit code 2 when there is none. */
export function tokenFrom(world: World, variable: string, rights: string): string {
  const token = world.env[variable]?.trim() ?? '';
  if (token !== '') return token;
  throw usage(`set ${variable} to a token of yours that may ${rights}`);
}

/** `true` or `false` as a text. */
export function yesOrNo(input: Input, flag: string, otherwise: boolean): boolean {
  const text = input.text(flag);
  if (text === undefined) return otherwise;
  if (text === 'true' || text === 'false') return text === 'true';
  throw usage(`--${flag} "${text}" is not understood; choose true or false`);
}

/** An https URL without credentials, as it was given, without a slash behind. */
export function httpsUrl(text: string, flag: string): string {
  if (/^ssh:/i.test(text) || /^[^/:@]+@[^/:]+:/.test(text))
    throw usage(`--${flag} "${text}": SSH is not supported yet; use the repository's https address`);
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw usage(`--${flag} "${text.replace(/\/\/[^/@]*@/, '//')}" is no https URL without credentials`);
  return text.replace(/\/$/, '');
}

function folderOf(text: string): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  const isWrong = text.startsWith('/') || parts.some((part) => part === '..' || /[\0\\]/.test(part));
  if (isWrong) throw usage(`--path "${text}" is no folder inside the repository`);
  return parts.join('/');
}

function branchOf(text: string): string {
  // The characters that git check-ref-format refuses, and its rules for dots and slashes.
  if (/^[-/]|[\s~^:?*[\\\u007f]|\.\.|@\{|\/\/|\/$|\.$|\.lock$/.test(text) || text === '')
    throw usage(`--branch "${text}" is no name of a branch`);
  return text;
}

function intervalOf(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw usage(`--interval "${text}" is not understood; write it as 30s, 5m or 1h`);
  }
}
