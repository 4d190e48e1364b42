import { describe, expect, onTestFinished, test } from 'vitest';
import { serveArtifacts } from '../../../shared/adapters/local/artifact-server.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { storeArtifact } from '../../../shared/artifact/store.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';

const owner = { cluster: 'c1', kind: 'HelmRepository', namespace: 'apps', name: 'app' };
const body = Buffer.from('{}\n');

async function served(base?: string) {
  const clock = createManualClock();
  const store = createMemoryStore(clock);
  const artifact = { file: 'index-1.yaml', revision: '1', body, digest: `sha256:${sha256Hex(body)}` };
  const { path } = await storeArtifact(store, owner, artifact, clock.now());
  const key = new Uint8Array(32).fill(1);
  const server = await serveArtifacts({ store, key, host: '127.0.0.1', port: 0, ...(base && { base }) });
  onTestFinished(server.close);
  return { url: server.urlOf('c1', path), at: server.url };
}

describe('the server of artifacts on this machine', () => {
  test('serves an index as what it is, and tells its size to a HEAD', async () => {
    const { url } = await served();

    const whole = await fetch(url);
    const head = await fetch(url, { method: 'HEAD' });

    expect(await whole.text()).toBe('{}\n');
    for (const { headers } of [whole, head])
      expect([headers.get('content-type'), headers.get('content-length')]).toEqual(['application/yaml', '3']);
  });

  test('serves nothing without the whole address, and tells no more of it than of what does not exist', async () => {
    const { url } = await served();
    const { origin, pathname, search } = new URL(url);
    const other = pathname.replace('/c1/', '/c2/');

    const statuses = [
      `${origin}${pathname}`,
      url.slice(0, -1),
      `${url}0`,
      `${origin}${other}${search}`,
      `${origin}/a/`,
    ].map(async (address) => (await fetch(address)).status);

    expect(await Promise.all(statuses)).toEqual([404, 404, 404, 404, 404]);
  });

  test('[COM-14 url] advertises what others reach it by', async () => {
    const { url, at } = await served('https://laptop.example/files');

    expect(url).toMatch(/^https:\/\/laptop\.example\/files\/a\/c1\/helmrepository\/apps\/app\//);
    expect((await fetch(url.replace('https://laptop.example/files', at))).status).toBe(200);
  });
});
