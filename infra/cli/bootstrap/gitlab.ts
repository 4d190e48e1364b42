import { Fault } from '../../../shared/core/failures.ts';
import type { GitHost, HostedRepository, HostOptions, SourceCredentials } from './git-host.ts';
import type { HostApi } from './host-api.ts';

interface Project {
  readonly http_url_to_repo: string;
  readonly visibility: string;
}

interface ProjectHook {
  readonly url: string;
}

/** Where GitLab's API is. */
export function gitlabBase(hostname: string): string {
  return `https://${hostname}/api/v4`;
}

/** GitLab, whose groups may have groups. */
export function gitlab(api: HostApi, options: HostOptions): GitHost {
  const { owner, repository } = options;
  const called = `${owner}/${repository}`;
  const project = `/projects/${encodeURIComponent(called)}`;
  return {
    ...{ title: 'GitLab', receiverType: 'gitlab', gitUser: 'oauth2' },
    ensureRepository: () => ensureProject(api, options, project),
    async ensureHook({ url, secret }) {
      const path = `${project}/hooks`;
      const list = { to: `list webhooks of ${called}`, path: `${path}?per_page=100` };
      const hooks = ((await api(list)) ?? []) as readonly ProjectHook[];
      if (hooks.some((hook) => hook.url === url)) return false;
      const body = { url, token: secret, push_events: true, enable_ssl_verification: true };
      await api({ to: `add a webhook to ${called}`, method: 'POST', path, body });
      return true;
    },
    async createReader(name): Promise<SourceCredentials> {
      const path = `${project}/deploy_tokens`;
      const body = { name, scopes: ['read_repository'] };
      const made = await api({ to: `create a deploy token for ${called}`, method: 'POST', path, body });
      const { username, token } = made as { readonly username: string; readonly token: string };
      return { username, password: token };
    },
  };
}

async function ensureProject(
  api: HostApi,
  { owner, repository, personal, private: isPrivate, branch }: HostOptions,
  project: string,
): Promise<HostedRepository> {
  const called = `${owner}/${repository}`;
  const found = await api({ to: `see the project ${called}`, path: project });
  if (found !== undefined) return hosted(found as Project, false);
  const namespace = await namespaceOf(api, owner, personal);
  const visibility = isPrivate ? 'private' : 'public';
  const body = { name: repository, path: repository, visibility, default_branch: branch, ...namespace };
  const made = await api({ to: `create the project ${called}`, method: 'POST', path: '/projects', body });
  return hosted(made as Project, true);
}

async function namespaceOf(
  api: HostApi,
  owner: string,
  personal: boolean,
): Promise<{ readonly namespace_id?: number }> {
  if (personal) {
    const user = (await api({ to: 'see its own user', path: '/user' })) as { readonly username?: string };
    if (user?.username?.toLowerCase() === owner.toLowerCase()) return {};
    const text = `the token is ${user?.username ?? 'somebody else'}'s, so it cannot create a project of ${owner}'s; leave out --personal when ${owner} is a group`;
    throw new Fault('invalid', text, { owner });
  }
  const path = `/groups/${encodeURIComponent(owner)}?with_projects=false`;
  const group = (await api({ to: `see the group ${owner}`, path })) as { readonly id: number } | undefined;
  if (group) return { namespace_id: group.id };
  const text = `there is no group ${owner}, or the token may not see it; create it first, or give --personal when ${owner} is a user`;
  throw new Fault('not-found', text, { owner });
}

function hosted({ http_url_to_repo: url, visibility }: Project, created: boolean): HostedRepository {
  return { url, isPrivate: visibility !== 'public', created };
}
