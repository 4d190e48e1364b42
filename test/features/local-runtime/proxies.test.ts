import { describe, expect, onTestFinished, test } from 'vitest';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { readLocalConfig, readProxies } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { faultNow } from '../semver/fault-now.ts';

describe('[COM-22 environment] the variables', () => {
  test.each([
    [{}, {}],
    [{ HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:2' }, { http: { url: 'http://a:1/' } }],
    [{ HTTP_PROXY: '', http_proxy: 'http://b:2' }, { http: { url: 'http://b:2/' } }],
    [
      { HTTPS_PROXY: 'https://ada:p%40ss@proxy:443' },
      { https: { url: 'https://proxy/', username: 'ada', password: 'p@ss' } },
    ],
    [{ https_proxy: '10.0.0.1:3128' }, { https: { url: 'http://10.0.0.1:3128/' } }],
    [{ HTTPS_PROXY: 'socks5h://proxy:1080' }, { https: { url: 'socks5://proxy:1080' } }],
    [{ ALL_PROXY: 'socks5://proxy:1080' }, { ssh: { url: 'socks5://proxy:1080' } }],
    // As desktops set it; Go passes over it, too.
    [{ ALL_PROXY: 'socks://proxy:1080' }, {}],
    [{ all_proxy: 'http://proxy:3128', NO_PROXY: 'a,b' }, { except: 'a,b' }],
  ])('%j name %j', (env, proxies) => {
    expect(readProxies(env)).toEqual(proxies);
  });

  test.each(['ftp://proxy:21', 'http://', 'http://:3128', ':secret', 'secret word'])(
    '%j is refused by its name alone',
    (value) => {
      const fault = faultNow(() => readProxies({ https_proxy: value }), 'invalid');

      expect(fault.message).toBe('https_proxy must be the URL of a proxy: http://, https:// or socks5://');
      expect(JSON.stringify(fault.data)).toBe('{"variable":"https_proxy"}');
    },
  );
});

describe('[COM-22 environment] which proxies are used', () => {
  test.each([
    [
      {
        HTTPS_PROXY: 'http://user:secret@proxy:3128',
        http_proxy: 'http://other:3128',
        no_proxy: '.internal',
      },
      'http through other:3128, https through proxy:3128, but not .internal',
    ],
    [{ ALL_PROXY: 'socks5://proxy:1080' }, 'ssh through proxy:1080'],
    [{ HTTPS_PROXY: '', NO_PROXY: '*' }, undefined],
  ])('is told at the start, without credentials: %j', async (env, ways) => {
    const free = { artifactPort: 0, webhookPort: 0, metricsPort: 0 };
    const log = createCollectingLog();
    const runtime = await openLocal(
      { ...readLocalConfig(env, await scratchDirectory(), false), ...free },
      log,
    );
    onTestFinished(() => runtime.close());

    const told = log.entries.map(({ message }) => message).filter((message) => message.includes('proxy'));
    const text = `what names no proxy of its own is reached as the environment says: ${ways}`;
    expect(told).toEqual(ways === undefined ? [] : [text]);
  });
});
