import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createChoice } from '../../../shared/adapters/http/choose-proxy.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import { withoutValues } from '../../../shared/core/redaction.ts';
import { readProxies } from '../../../shared/runtime/config.ts';
import type { Command, Input } from '../command.ts';
import { usage } from '../problems.ts';
import { openPresentState } from '../state.ts';
import type { World } from '../world.ts';
import { bootstrap } from './bootstrap.ts';
import type { GitHost, HostOptions } from './git-host.ts';
import { type HostApi, hostApi } from './host-api.ts';
import {
  BOOTSTRAP_FLAGS,
  bootstrapOptions,
  HOST_FLAGS,
  httpsUrl,
  required,
  tokenFrom,
  yesOrNo,
} from './options.ts';

/** What tells one host's command from another's. */
export interface HostCommand {
  readonly name: string;
  readonly title: string;
  readonly tokenVariable: string;
  /** Undefined: `--hostname` has to be given. */
  readonly defaultHostname?: string;
  readonly base: (hostname: string) => string;
  readonly headers: (token: string) => Readonly<Record<string, string>>;
  readonly open: (api: HostApi, options: HostOptions) => GitHost;
  readonly about: readonly string[];
}

/** A `sluice bootstrap` for a host whose API is known. */
export function hostCommand(facts: HostCommand): Command {
  const { name, title, tokenVariable, defaultHostname, about } = facts;
  const usual = defaultHostname === undefined ? 'required' : `default: ${defaultHostname}`;
  return {
    takes: [],
    about: [
      `Let a cluster follow a folder of a repository at ${title}, as "flux bootstrap ${name}" does, without`,
      'controllers in the cluster. It may be run again at any time: it does what is missing.',
      '',
      `Your token comes from ${tokenVariable}; it is neither printed nor kept.`,
      ...about,
    ],
    examples: [
      `sluice bootstrap ${name} --cluster prod --owner acme --repository fleet --path clusters/prod`,
    ],
    flags: {
      ...HOST_FLAGS,
      hostname: { type: 'string', value: 'HOST', help: `host of ${title} (${usual})` },
      ...BOOTSTRAP_FLAGS,
    },
    run: (input, world) => runHost(facts, input, world),
  };
}

async function runHost(facts: HostCommand, input: Input, world: World): Promise<void> {
  const options = bootstrapOptions(input);
  const { tokenVariable, defaultHostname, headers } = facts;
  const hostname = hostnameOf(input.text('hostname') ?? defaultHostname ?? required(input, 'hostname'));
  const wanted: HostOptions = {
    ...{ hostname, owner: nameOf(input, 'owner'), repository: nameOf(input, 'repository') },
    personal: input.on('personal'),
    private: yesOrNo(input, 'private', true),
    branch: options.branch,
  };
  const webhook = input.text('webhook-url');
  const webhookUrl = webhook === undefined ? undefined : httpsUrl(webhook, 'webhook-url');
  const token = tokenFrom(world, tokenVariable, 'create and write to the repository');
  const http = personsHttp(world);
  const ca = await caOf(options.caFile, world);
  const api = hostApi({
    ...{ http, clock: world.clock, base: facts.base(hostname), headers: headers(token), tokenVariable },
    ...(ca !== undefined && { ca }),
  });
  const host = facts.open(api, wanted);
  const readToken = world.env.SLUICE_SOURCE_TOKEN;
  await withoutSecrets([token, readToken ?? ''], async () =>
    bootstrap({
      ...{ world, options, http, host, state: await openPresentState(input, world) },
      person: { username: host.gitUser, password: token },
      repository: host.ensureRepository,
      ...(ca !== undefined && { ca }),
      ...(readToken && { readToken }),
      ...(webhookUrl !== undefined && { webhookUrl }),
    }),
  );
}

/** The operator names the hosts here, not a tenant: only link-local and metadata addresses are refused. */
export function personsHttp({ env }: Pick<World, 'env'>): ReturnType<typeof createHttp> {
  return createHttp({ loopback: true, privateRanges: true }, undefined, createChoice(readProxies(env)));
}

/** The authority in `--ca-file`. Fault `not-found`. */
export async function caOf(file: string | undefined, world: World): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(resolve(world.cwd, file), 'utf8');
  } catch (error) {
    throw new Fault('not-found', `--ca-file ${file} cannot be read`, { file }, error);
  }
}

/** Whatever a host or a Git server says, it does not say these. */
export async function withoutSecrets(values: readonly string[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, withoutValues(error.message, values), error.data, error);
  }
}

function hostnameOf(text: string): string {
  if (/^[a-z0-9.-]+(:\d+)?$/i.test(text)) return text;
  throw usage(`--hostname "${text}" is no host name; leave out https:// and what follows the host`);
}

/** Names of owners and repositories; groups of GitLab have slashes. */
function nameOf(input: Input, flag: string): string {
  const text = required(input, flag);
  const isName = text.split('/').every((part) => /^[A-Za-z0-9_.-]+$/.test(part) && !/^\.\.?$/.test(part));
  if (isName) return text;
  throw usage(`--${flag} "${text}" is no name at a Git host`);
}
