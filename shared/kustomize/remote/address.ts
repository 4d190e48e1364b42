/** What a remote reference asks for. */
export type Remote =
  | { readonly kind: 'file'; readonly url: string }
  | { readonly kind: 'repository'; readonly repository: Repository; readonly path: string }
  | { readonly kind: 'refused'; readonly why: string };

/** A commit's files. */
export interface Repository {
  readonly url: string;
  /** A branch, a tag or a whole commit id; absent is the default branch. */
  readonly ref?: string;
  readonly submodules: boolean;
  readonly milliseconds: number;
}

/** kustomize's own, api v0.21.1, internal/git/repospec.go. */
const DEFAULT_TIMEOUT = 27_000;
const MAX_TIMEOUT = 60_000;
const MAX_LENGTH = 2000;

/** Whether a text is a remote reference as kustomize reads it: a URL, a Git shorthand, or `git::` before one. */
export function isRemote(text: string): boolean {
  return /^(?:https?:\/\/|git::|ssh:\/\/|gh:|github\.com[/:]|[a-z][a-z0-9-]*@[^/]+[:/])/i.test(text);
}

/** What a remote reference names; `whole` where a directory may be meant, else only one file. */
export function remoteOf(text: string, whole: boolean): Remote {
  if (text.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(text)) return refused('is no plain URL');
  const forced = /^git::/i.test(text);
  const long = text.replace(/^git::/i, '').replace(/^gh:/i, 'github.com/');
  const full = /^github\.com[/:]/i.test(long) ? `https://github.com/${long.slice(11)}` : long;
  if (!/^https?:\/\//i.test(full)) return refused('is reached by SSH or another protocol: use https');
  const url = URL.parse(full);
  if (url === null) return refused('is no URL');
  if (url.username !== '' || url.password !== '')
    return refused('carries credentials: use a source of its own');
  const asked = url.search !== '' && /[?&](?:ref|version)=/.test(url.search);
  const isFile =
    /\.(?:ya?ml|json|env|txt|conf|properties)$/i.test(url.pathname) && !/\.git\b/.test(url.pathname);
  if (!whole || (isFile && !forced && !asked && !/.\/\//.test(url.pathname))) {
    return forced ? refused('is a repository where a file is wanted') : { kind: 'file', url: url.href };
  }
  return repositoryOf(url);
}

function repositoryOf(url: URL): Remote {
  const [repository, path] = split(url.pathname);
  if (repository === '' || path.split('/').includes('..'))
    return refused('names no repository and directory');
  const query = url.searchParams;
  const ref = query.get('ref') || query.get('version') || undefined;
  if (ref !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._/+-]{0,200}$/.test(ref))
    return refused('names no branch, tag or commit');
  return {
    kind: 'repository',
    path,
    repository: {
      url: `${url.origin}/${repository}`,
      ...(ref !== undefined && { ref }),
      submodules: query.get('submodules') !== 'false',
      milliseconds: timeout(query.get('timeout')),
    },
  };
}

/** The repository's path and the directory in it: after `//`, after `.git`, or after owner and name. */
function split(pathname: string): readonly [string, string] {
  const whole = pathname.replace(/^\/+/, '');
  const marker = whole.indexOf('//');
  if (marker > 0) return [whole.slice(0, marker), clean(whole.slice(marker))];
  const suffix = /^(.*?\.git)(?:\/(.*))?$/.exec(whole);
  if (suffix) return [suffix[1] as string, clean(suffix[2] ?? '')];
  const [owner = '', name = '', ...rest] = whole.split('/');
  return name === '' ? ['', ''] : [`${owner}/${name}`, clean(rest.join('/'))];
}

function clean(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Seconds, or a duration of Go's in seconds or minutes. */
function timeout(text: string | null): number {
  const [, digits, unit] = /^(\d{1,6})(s|m)?$/.exec(text ?? '') ?? [];
  if (digits === undefined || Number(digits) === 0) return DEFAULT_TIMEOUT;
  return Math.min(Number(digits) * (unit === 'm' ? 60_000 : 1000), MAX_TIMEOUT);
}

function refused(why: string): Remote {
  return { kind: 'refused', why };
}
