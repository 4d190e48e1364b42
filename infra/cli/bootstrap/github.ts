import { Fault } from '../../../shared/core/failures.ts';
import type { GitHost, Hook, HostedRepository, HostOptions } from './git-host.ts';
import type { HostApi } from './host-api.ts';

/** The part of GitHub's and Gitea's repositories that is used; both APIs have these fields. */
interface Repository {
  readonly clone_url: string;
  readonly private: boolean;
}

interface RepositoryHook {
  readonly config: { readonly url?: string };
}

/** Where GitHub's API is: github.com has a host of its own for it. */
export function githubBase(hostname: string): string {
  return hostname === 'github.com' ? 'https://api.github.com' : `https://${hostname}/api/v3`;
}

/** GitHub, and GitHub Enterprise Server. */
export function github(api: HostApi, options: HostOptions): GitHost {
  return {
    ...{ title: 'GitHub', receiverType: 'github', gitUser: 'git' },
    ensureRepository: () => ensureRepository(api, options, {}),
    ensureHook: (hook) => ensureHook(api, options, hook, { name: 'web', insecure_ssl: '0' }),
  };
}

/** Gitea and Forgejo, whose API is GitHub's in the parts that are used here; deliveries carry GitHub's headers and signature, too. */
export function gitea(api: HostApi, options: HostOptions): GitHost {
  return {
    ...{ title: 'Gitea', receiverType: 'github', gitUser: 'git' },
    ensureRepository: () => ensureRepository(api, options, { default_branch: options.branch }),
    ensureHook: (hook) => ensureHook(api, options, hook, { type: 'gitea' }),
  };
}

async function ensureRepository(
  api: HostApi,
  { owner, repository, personal, private: isPrivate }: HostOptions,
  more: Readonly<Record<string, string>>,
): Promise<HostedRepository> {
  const called = `${owner}/${repository}`;
  const found = await api({ to: `see the repository ${called}`, path: `/repos/${called}` });
  if (found !== undefined) return hosted(found as Repository, false);
  if (personal) await checkOwner(api, owner);
  const made = await api({
    to: `create the repository ${called}`,
    method: 'POST',
    path: personal ? '/user/repos' : `/orgs/${owner}/repos`,
    body: { name: repository, private: isPrivate, auto_init: false, ...more },
  });
  return hosted(made as Repository, true);
}

/** The API makes a personal repository for the token's own user, whoever is named. */
async function checkOwner(api: HostApi, owner: string): Promise<void> {
  const user = (await api({ to: 'see its own user', path: '/user' })) as
    | { readonly login?: string }
    | undefined;
  if (user?.login?.toLowerCase() === owner.toLowerCase()) return;
  const text = `the token is ${user?.login ?? 'somebody else'}'s, so it cannot create a repository of ${owner}'s; leave out --personal when ${owner} is an organisation`;
  throw new Fault('invalid', text, { owner });
}

function hosted({ clone_url: url, private: isPrivate }: Repository, created: boolean): HostedRepository {
  return { url, isPrivate, created };
}

async function ensureHook(
  api: HostApi,
  { owner, repository }: HostOptions,
  { url, secret }: Hook,
  { insecure_ssl, ...more }: Readonly<Record<string, string>>,
): Promise<boolean> {
  const path = `/repos/${owner}/${repository}/hooks`;
  const list = { to: `list webhooks of ${owner}/${repository}`, path: `${path}?per_page=100&limit=50` };
  const hooks = ((await api(list)) ?? []) as readonly RepositoryHook[];
  if (hooks.some(({ config }) => config.url === url)) return false;
  const config = { url, content_type: 'json', secret, ...(insecure_ssl && { insecure_ssl }) };
  const body = { ...more, active: true, events: ['push'], config };
  await api({ to: `add a webhook to ${owner}/${repository}`, method: 'POST', path, body });
  return true;
}
