import { decodePercent } from './percent.ts';

/** Somebody's proxy: http, https or socks5. */
export interface ProxyAddress {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** The proxy at `url`, whose user and password stand beside it; those that are given count first. */
export function proxyAddressOf(
  { href, username, password }: URL,
  given: Pick<ProxyAddress, 'username' | 'password'> = {},
): ProxyAddress {
  const bare = new URL(href);
  bare.username = '';
  bare.password = '';
  const user = given.username ?? (username === '' ? undefined : decodePercent(username));
  const word = given.password ?? (password === '' ? undefined : decodePercent(password));
  return {
    url: bare.href,
    ...(user !== undefined && { username: user }),
    ...(word !== undefined && { password: word }),
  };
}

/** The proxies of a deployment, which whoever runs it names in its environment. */
export interface OwnProxies {
  /** For `http://` addresses. */
  readonly http?: ProxyAddress;
  /** For `https://` addresses. */
  readonly https?: ProxyAddress;
  /** For SSH: SOCKS5. */
  readonly ssh?: ProxyAddress;
  /** Whom none of them is for, as in `NO_PROXY`. */
  readonly except?: string;
}
