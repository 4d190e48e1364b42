import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { timingOf } from '../../shared/reconcile/registry.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { serve } from '../features/http/web-server.ts';
import { condition, create, edit, eventsOf, reconcile } from './drive.ts';
import { HELM_REPOSITORY, helmAt, helmRepository, serveFiles } from './helm.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('helm-repository');
const FIRST = indexYaml({ app: [versionYaml('app', '1.0.0')] });
const SECOND = indexYaml({ app: [versionYaml('app', '1.0.0'), versionYaml('app', '1.1.0')] });
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

async function storedBody(digest: string): Promise<string> {
  const stored = await setting.world.runtime.ports.store.get(`blobs/${digest.slice('sha256:'.length)}`);
  return Buffer.from(stored?.body ?? []).toString();
}

describe('an index', () => {
  test('[HR-02 url] [HR-03 file] [HR-03 revision] [HR-06 event] is stored as JSON, and its revision is the digest of what was fetched', async () => {
    const { url, asked } = await serveFiles({ '/charts/index.yaml': FIRST });
    await create(setting.world, helmRepository(setting, 'stored', `${url}/charts`));

    const done = await reconcile(setting.world, helmAt(setting, 'stored'));

    const { artifact, observedGeneration } = done.status;
    expect(asked).toEqual(['HEAD /charts/index.yaml', 'GET /charts/index.yaml']);
    expect(artifact).toMatchObject({
      revision: `sha256:${sha256(FIRST)}`,
      path: `helmrepository/${setting.namespace}/stored/index-${sha256(FIRST)}.yaml`,
    });
    const body = await storedBody(artifact?.digest ?? '');
    expect(JSON.parse(body)).toMatchObject({ apiVersion: 'v1', entries: { app: [{ version: '1.0.0' }] } });
    expect(artifact?.digest).toBe(`sha256:${sha256(body)}`);
    expect(told(done)).toBe(`True Succeeded: stored artifact: revision 'sha256:${sha256(FIRST)}'`);
    expect(observedGeneration).toBe(1);
    expect(await eventsOf(setting.world, helmAt(setting, 'stored'))).toEqual([
      `Normal NewArtifact: stored fetched index of size ${body.length}B from '${url}/charts'`,
    ]);
  });

  test('[HR-04 unchanged] [HR-07 fresh] that did not change is not read again, and one that did is at once', async () => {
    const { url, files, asked } = await serveFiles({ '/index.yaml': FIRST });
    await create(setting.world, helmRepository(setting, 'changing', `${url}/`));
    const first = await reconcile(setting.world, helmAt(setting, 'changing'));

    const same = await reconcile(setting.world, helmAt(setting, 'changing'));
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(asked).toEqual(['HEAD /index.yaml', 'GET /index.yaml', 'GET /index.yaml']);

    files['/index.yaml'] = SECOND;
    const second = await reconcile(setting.world, helmAt(setting, 'changing'));
    expect(second.status.artifact?.revision).toBe(`sha256:${sha256(SECOND)}`);
    const { entries } = JSON.parse(await storedBody(second.status.artifact?.digest ?? '')) as {
      entries: { app: readonly { version: string }[] };
    };
    expect(entries.app.map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
  });

  test('[HR-01 defaults] needs no interval, and is looked at each minute then', async () => {
    const { url } = await serveFiles({ '/index.yaml': FIRST });
    const metadata = { namespace: setting.namespace, name: 'bare' };
    await create(setting.world, { ...HELM_REPOSITORY, metadata, spec: { url } } as never);

    const done = await reconcile(setting.world, helmAt(setting, 'bare'));

    expect(told(done)).toMatch(/^True Succeeded/);
    expect(timingOf(done as never)).toEqual({ interval: 60_000 });
    await expect(
      create(setting.world, helmRepository(setting, 'ftp', 'ftp://charts.example.org')),
    ).rejects.toThrow(/spec\.url/);
  });

  test('[HR-09 default-type] [HR-11 access-from] provider, insecure and accessFrom mean nothing to one behind HTTP', async () => {
    const { url } = await serveFiles({ '/index.yaml': FIRST });
    const accessFrom = { namespaceSelectors: [{ matchLabels: { team: 'a' } }] };
    const spec = { provider: 'aws', insecure: true, accessFrom };
    await create(setting.world, helmRepository(setting, 'with-more', url, spec));

    expect(told(await reconcile(setting.world, helmAt(setting, 'with-more')))).toMatch(/^True Succeeded/);
  });

  test('is gone with its object', async () => {
    const { url } = await serveFiles({ '/index.yaml': FIRST });
    await create(setting.world, helmRepository(setting, 'deleted', url));
    const { status } = await reconcile(setting.world, helmAt(setting, 'deleted'));
    await setting.world.cluster.delete(helmAt(setting, 'deleted'));
    await reconcile(setting.world, helmAt(setting, 'deleted')).catch(() => {});

    const key = `artifacts/${setting.world.clusterId}/${status.artifact?.path}`;
    expect(await setting.world.runtime.ports.store.get(key)).toBeUndefined();
    expect(await setting.world.cluster.get(helmAt(setting, 'deleted'))).toBeUndefined();
  });
});

describe('trouble with an index', () => {
  test('[HR-06 fetch-failed] [HR-06 indexation-failed] is told, tried again, and leaves the last good one', async () => {
    const { url, files } = await serveFiles({ '/index.yaml': FIRST });
    await create(setting.world, helmRepository(setting, 'trouble', url));
    const good = await reconcile(setting.world, helmAt(setting, 'trouble'));

    delete files['/index.yaml'];
    const gone = await reconcile(setting.world, helmAt(setting, 'trouble'));
    expect(told(gone, 'FetchFailed')).toBe(
      'True Failed: failed to fetch Helm repository index: failed to cache index to temporary file: ' +
        `failed to fetch ${url}/index.yaml : 404 Not Found`,
    );
    files['/index.yaml'] = 'entries: {}\n';
    const bad = await reconcile(setting.world, helmAt(setting, 'trouble'));
    expect(told(bad, 'FetchFailed')).toBe(
      'True IndexationFailed: failed to load Helm repository from index YAML: failed to load index: no API version specified',
    );
    expect(condition(bad, 'Reconciling')?.reason).toBe('ProgressingWithRetry');
    expect(condition(bad, 'ArtifactOutdated')).toBeUndefined();
    expect(bad.status.artifact).toEqual(good.status.artifact);

    files['/index.yaml'] = FIRST;
    const well = await reconcile(setting.world, helmAt(setting, 'trouble'));
    expect(told(well)).toMatch(/^True Succeeded/);
    expect(await eventsOf(setting.world, helmAt(setting, 'trouble'))).toContainEqual(
      expect.stringMatching(/^Normal Succeeded: stored fetched index of size /),
    );
  });

  test('[HR-06 url-invalid] an oci URL without the type stalls', async () => {
    await create(setting.world, helmRepository(setting, 'wrong-type', 'oci://registry.example.org/charts'));

    const failed = await reconcile(setting.world, helmAt(setting, 'wrong-type'));

    const message =
      "invalid Helm repository URL: 'oci' URL scheme cannot be used with 'default' HelmRepository type";
    expect(told(failed, 'Stalled')).toBe(`True URLInvalid: ${message}`);
    expect(told(failed)).toBe(`False URLInvalid: ${message}`);
  });

  test('a redirect to a private address is not followed', async () => {
    const url = await serve((_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/index.yaml' }).end();
    });
    await create(setting.world, helmRepository(setting, 'redirected', url));

    const failed = await reconcile(setting.world, helmAt(setting, 'redirected'));

    expect(told(failed, 'FetchFailed')).toMatch(/^True Failed: .*169\.254\.169\.254/);
  });

  test('[HR-02 cap] an index without end is given up at 50 MiB', async () => {
    const chunk = Buffer.alloc(1024 * 1024, '#');
    const url = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.end();
      const more = (): void => {
        while (!request.socket.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    await create(setting.world, helmRepository(setting, 'endless', url));

    const failed = await reconcile(setting.world, helmAt(setting, 'endless'));

    expect(told(failed, 'FetchFailed')).toMatch(
      /index exceeds the maximum index file size of 52428800 bytes$/,
    );
  });

  test('[HR-01 timeout] an index that does not come is given up after spec.timeout', async () => {
    const url = await serve(() => {});
    await create(setting.world, helmRepository(setting, 'silent', url, { timeout: '1s' }));

    const failed = await reconcile(setting.world, helmAt(setting, 'silent'));

    expect(told(failed, 'FetchFailed')).toMatch(/did not answer in time$/);
  });
});

describe('an object of type oci', () => {
  const OCI = { type: 'oci', provider: 'gcp', insecure: true };

  test('[HR-08 static] [HR-09 oci-type] gets no status, no finalizer and no event', async () => {
    await create(
      setting.world,
      helmRepository(setting, 'registry', 'oci://registry.example.org/charts', OCI),
    );
    const before = await setting.world.cluster.get(helmAt(setting, 'registry'));

    const after = await reconcile(setting.world, helmAt(setting, 'registry'));

    expect(after.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(after.metadata.finalizers).toBeUndefined();
    expect(await eventsOf(setting.world, helmAt(setting, 'registry'))).toEqual([]);
  });

  test('[HR-10 type-switch] [HR-08 migrated] that was of type default loses artifact, status and finalizer', async () => {
    const { url } = await serveFiles({ '/index.yaml': FIRST });
    await create(setting.world, helmRepository(setting, 'switched', url));
    const { status } = await reconcile(setting.world, helmAt(setting, 'switched'));
    const key = `artifacts/${setting.world.clusterId}/${status.artifact?.path}`;
    const { store } = setting.world.runtime.ports;
    expect(await store.get(key)).toBeDefined();
    const spec = { type: 'oci', url: 'oci://registry.example.org/charts', suspend: true };
    await edit(setting.world, helmAt(setting, 'switched'), { spec });
    const suspended = await reconcile(setting.world, helmAt(setting, 'switched'));
    expect(suspended.status.artifact).toBeDefined();

    await edit(setting.world, helmAt(setting, 'switched'), { spec: { suspend: false } });
    const after = await reconcile(setting.world, helmAt(setting, 'switched'));

    expect(after.status).toEqual({ conditions: [], observedGeneration: -1 });
    expect(after.metadata.finalizers).toBeUndefined();
    expect(await store.get(key)).toBeUndefined();
    const again = await reconcile(setting.world, helmAt(setting, 'switched'));
    expect(again.metadata.resourceVersion).toBe(after.metadata.resourceVersion);
  });
});
