import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { serveArtifact } from '../../../shared/artifact/serve.ts';
import { storeArtifact } from '../../../shared/artifact/store.ts';
import { artifactRequest } from '../../../shared/core/artifact-token.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';

const key = new Uint8Array(32).fill(1);
const owner = { cluster: 'c1', kind: 'GitRepository', namespace: 'apps', name: 'app' };
const body = Buffer.from('packed');
const hex = sha256Hex(body);
const path = 'gitrepository/apps/app/1.tar.gz';

async function get(address: string, method = 'GET') {
  const clock = createManualClock();
  const store = createMemoryStore(clock);
  await storeArtifact(
    store,
    owner,
    { file: '1.tar.gz', revision: 'main@1', body, digest: `sha256:${hex}` },
    clock.now(),
  );
  const linkTo = async (target: string, seconds: number, by: string) =>
    `https://store/${target}?for=${seconds}&by=${by}`;
  const url = new URL(address, 'https://api');
  const event = {
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: {},
    isBase64Encoded: false,
    requestContext: { http: { method } },
  };
  return serveArtifact(event, { deployment: { key }, store, linkTo });
}

describe('an artifact', () => {
  test('is handed out by a link for minutes, which nobody keeps', async () => {
    expect(await get(artifactRequest(key, 'c1', path))).toEqual({
      statusCode: 302,
      headers: { location: `https://store/blobs/${hex}?for=300&by=GET`, 'cache-control': 'no-store' },
      body: '',
    });
  });

  test('is looked at by a link for looking, as S3 takes the other for nothing but a GET', async () => {
    expect(await get(artifactRequest(key, 'c1', path), 'HEAD')).toMatchObject({
      statusCode: 302,
      headers: { location: `https://store/blobs/${hex}?for=300&by=HEAD` },
    });
  });

  test.each([
    ['without its token', `/a/c1/${path}`],
    ["with another cluster's token", artifactRequest(key, 'c2', path).replace('/a/c2/', '/a/c1/')],
    ["with another deployment's token", artifactRequest(new Uint8Array(32), 'c1', path)],
    ['with a token that is cut off', artifactRequest(key, 'c1', path).slice(0, -1)],
    ['that does not exist', artifactRequest(key, 'c1', 'gitrepository/apps/app/2.tar.gz')],
    ['of no cluster', '/a/'],
  ])('%s is answered as one that does not exist', async (_, address) => {
    expect(await get(address)).toMatchObject({ statusCode: 404, body: 'not found\n' });
  });
});
