import { describe, expect, test } from 'vitest';
import { startRegistry } from '../servers/oci-server.ts';
import { condition, create, edit, type Reconciled, reconcile } from './drive.ts';
import { ociAt, ociRepository, useServer } from './oci.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('oci-trouble');
const registry = useServer(() => startRegistry());
const { namespace } = setting;

async function visit(name: string): Promise<Reconciled> {
  return reconcile(setting.world, ociAt(setting, name));
}

describe('what is wrong with the object', () => {
  test('[OCI-01 tag] [OCI-16 url-invalid] a URL with a tag stalls', async () => {
    const url = `oci://${registry.server.host}/org/app:1.0.0`;
    await create(setting.world, ociRepository(registry, setting, 'tagged', { url }));

    const done = await visit('tagged');

    const message = `URL validation failed for '${url}': URL must not contain a tag; remove ':1.0.0'`;
    expect(told(done, 'Stalled')).toBe(`True URLInvalid: ${message}`);
    expect(told(done, 'FetchFailed')).toBe(`True URLInvalid: ${message}`);
    expect(condition(done, 'Reconciling')).toBeUndefined();
  });

  test('[OCI-16 pull-failed] [OCI-16 read-failed] an artifact that is not there is told, and tried again', async () => {
    await create(setting.world, ociRepository(registry, setting, 'absent'));
    const done = await visit('absent');
    const { host } = registry.server;
    expect(told(done, 'FetchFailed')).toMatch(
      /^True OCIArtifactPullFailed: failed to determine artifact digest: /,
    );
    expect(told(done, 'FetchFailed')).toContain(
      `manifest 'latest' of ${host}/org/absent: ${host} answers with status 404`,
    );
    expect(told(done, 'Reconciling')).toMatch(/^True ProgressingWithRetry/);

    await edit(setting.world, ociAt(setting, 'absent'), { spec: { ref: { semver: '1.x' } } });
    const listed = await visit('absent');
    const text = `failed to determine the artifact tag for 'oci://${host}/org/absent': there is no repository ${host}/org/absent`;
    expect(told(listed, 'FetchFailed')).toBe(`True ReadOperationFailed: ${text}`);
  });

  test('[OCI-16 authentication-failed] a Secret that is not there is told', async () => {
    await create(
      setting.world,
      ociRepository(registry, setting, 'secretless', { secretRef: { name: 'none' } }),
    );
    const done = await visit('secretless');
    expect(told(done, 'FetchFailed')).toBe(
      `True AuthenticationFailed: failed to get credential: failed to get secret '${namespace}/none': secrets "none" not found`,
    );
  });
});
