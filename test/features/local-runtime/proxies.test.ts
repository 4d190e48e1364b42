import { expect, onTestFinished, test } from 'vitest';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';

test.each([
  [
    { HTTPS_PROXY: 'http://user:secret@proxy:3128', http_proxy: 'http://proxy:3128' },
    'HTTPS_PROXY and http_proxy',
  ],
  [{ HTTP_PROXY: 'http://proxy:3128' }, 'HTTP_PROXY'],
  [{ HTTPS_PROXY: '', NO_PROXY: '*' }, undefined],
])(
  '[COM-22 environment] %j: that a proxy is not used is told at the start, without its credentials',
  async (env, named) => {
    const free = { artifactPort: 0, webhookPort: 0, metricsPort: 0 };
    const log = createCollectingLog();
    const runtime = await openLocal(
      { ...readLocalConfig(env, await scratchDirectory(), false), ...free },
      log,
    );
    onTestFinished(() => runtime.close());

    const told = log.entries.filter(({ level }) => level === 'warn').map(({ message }) => message);
    const text = 'is set, and not used: Git hosts, registries and clusters are reached directly';
    expect(told).toEqual(named === undefined ? [] : [`${named} ${text}`]);
  },
);
