import { repositoryAddress } from './repository-address.ts';

/** Repositories that one delivery can name; Harbor names one for each tag it copied. */
const MAX_REPOSITORIES = 100;

/** Where hosts write the URLs of a repository, by what holds them. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  // GitHub, Gitea, Forgejo; GitLab has a part of it too
  repository: ['clone_url', 'ssh_url', 'git_url', 'html_url', 'git_http_url', 'git_ssh_url', 'url'],
  // GitLab
  project: ['git_http_url', 'git_ssh_url', 'http_url', 'ssh_url', 'web_url'],
  // GitHub's packages
  package: ['html_url'],
  registry_package: ['html_url'],
};

/** The addresses of all repositories that a payload names: GitHub's, Gitea's, GitLab's and Harbor's fields, and a plain `repository` or `url`. */
export function repositoriesIn(payload: unknown): readonly string[] {
  if (!isRecord(payload)) return [];
  const urls = [
    payload.url,
    payload.repository,
    ...Object.entries(FIELDS).flatMap(([holder, fields]) => {
      const found = payload[holder];
      return isRecord(found) ? fields.map((field) => found[field]) : [];
    }),
    ...packageUrls(payload.package),
    ...packageUrls(payload.registry_package),
    ...harborUrls(payload),
  ];
  const addresses = urls.flatMap((url) => (typeof url === 'string' ? (repositoryAddress(url) ?? []) : []));
  return [...new Set(addresses)].slice(0, MAX_REPOSITORIES);
}

/** `ghcr.io/org/app:1.0`, in the version of a package. */
function packageUrls(found: unknown): readonly unknown[] {
  if (!isRecord(found) || !isRecord(found.package_version)) return [];
  return [found.package_version.package_url];
}

function harborUrls({ event_data: data }: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (!isRecord(data)) return [];
  const resources = Array.isArray(data.resources) ? data.resources : [];
  return resources.map((resource) => (isRecord(resource) ? resource.resource_url : undefined));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
