import { describe, expect, test } from 'vitest';
import { createChoice } from '../../../shared/adapters/http/choose-proxy.ts';
import table from './go-proxies.json' with { type: 'json' };

const proxy = { url: 'http://proxy:3128/' };

/** As the HTTP adapter asks. */
function isProxied(except: string, text: string): boolean {
  const { protocol, hostname, port } = new URL(text);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const host = hostname.replace(/^\[|\]$/g, '');
  const choose = createChoice({ http: proxy, https: proxy, except });
  return choose(scheme, host, Number(port) || (scheme === 'https' ? 443 : 80)) !== undefined;
}

describe('[COM-22 no-proxy] who is reached without a proxy', () => {
  test.each(table)("is who Go's own programs reach so: NO_PROXY=$except", ({ except, direct, via }) => {
    expect(direct.filter((url) => isProxied(except, url))).toEqual([]);
    expect(via.filter((url) => !isProxied(except, url))).toEqual([]);
  });

  test.each(['https://localhost./', 'https://a.localhost/', 'http://[::ffff:127.0.0.1]/'])(
    'and %s, as the loopback of a proxy is not ours',
    (url) => {
      expect(isProxied('', url)).toBe(false);
    },
  );
});

test('[COM-22 environment] each scheme has a proxy of its own, or none', () => {
  const [http, https, ssh] = [{ url: 'http://a' }, { url: 'http://b' }, { url: 'socks5://c' }];
  const choose = createChoice({ http, https, ssh });
  const none = createChoice({ https });

  expect(choose('http', 'example.com', 80)).toBe(http);
  expect(choose('https', 'example.com', 443)).toBe(https);
  expect(choose('ssh', 'example.com', 22)).toBe(ssh);
  expect([none('http', 'example.com', 80), none('ssh', 'example.com', 22)]).toEqual([undefined, undefined]);
});
