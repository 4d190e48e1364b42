import { describe, expect, test } from 'vitest';
import { createAuthority } from '../servers/certificates.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { secret } from './bucket.ts';
import { create, edit, type Reconciled, reconcile } from './drive.ts';
import { archive, dockerConfig, ociAt, ociRepository, push, useServer } from './oci.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('oci-credentials');
const guarded = useServer(() => startRegistry({ basic: true }));
const authority = createAuthority();
const secure = useServer(async () => {
  const { server, ca } = await authority;
  return startRegistry({ tls: { ...server, clientCa: ca } });
});
const { namespace } = setting;
const { username, password } = REGISTRY_USER;
const BASIC = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function pushGuarded(repository: string): Promise<void> {
  const layer = { mediaType: FLUX.content, body: await archive({ 'a.yaml': 'a' }) };
  await pushArtifact({ url: guarded.server.url, repository, authorization: BASIC }, 'latest', [layer]);
}

async function visit(name: string): Promise<Reconciled> {
  return reconcile(setting.world, ociAt(setting, name));
}

describe('a registry that asks who we are', () => {
  test('[OCI-08 secret] [OCI-08 anonymous] is told by the Secret, and by nothing else', async () => {
    await pushGuarded('org/secret');
    await create(
      setting.world,
      dockerConfig(setting, 'config', { [guarded.server.host]: { username, password } }),
    );
    await create(setting.world, ociRepository(guarded, setting, 'secret'));
    const anonymous = await visit('secret');
    expect(told(anonymous, 'FetchFailed')).toMatch(/^True OCIArtifactPullFailed: .*answers with status 401/);

    await edit(setting.world, ociAt(setting, 'secret'), { spec: { secretRef: { name: 'config' } } });
    const done = await visit('secret');
    expect(told(done)).toMatch(/^True Succeeded/);
    expect(JSON.stringify(done.status)).not.toContain(password);

    await create(
      setting.world,
      dockerConfig(setting, 'wrong', { [guarded.server.host]: { username, password: 'wrong-one' } }),
    );
    await edit(setting.world, ociAt(setting, 'secret'), { spec: { secretRef: { name: 'wrong' } } });
    const refused = await visit('secret');
    expect(told(refused, 'FetchFailed')).toContain('answers with status 401');
    expect(JSON.stringify(refused.status)).not.toContain('wrong-one');
    expect(refused.status.artifact).toEqual(done.status.artifact);
  });

  test('[OCI-08 pull-secrets] is told by the pull secrets of the account', async () => {
    await pushGuarded('org/account');
    await create(
      setting.world,
      dockerConfig(setting, 'pull', { [guarded.server.host]: { username, password } }),
    );
    await create(setting.world, {
      ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'puller' } },
      imagePullSecrets: [{ name: 'pull' }],
    } as never);
    await create(setting.world, ociRepository(guarded, setting, 'account', { serviceAccountName: 'puller' }));
    expect(told(await visit('account'))).toMatch(/^True Succeeded/);

    await edit(setting.world, ociAt(setting, 'account'), { spec: { serviceAccountName: 'nobody' } });
    expect(told(await visit('account'), 'FetchFailed')).toBe(
      `True AuthenticationFailed: failed to get credential: serviceaccount '${namespace}/nobody' not found`,
    );
  });

  test('[OCI-08 secret-wins] [OCI-09 hosts] a Secret disables the login to a cloud, and no cloud logs in elsewhere', async () => {
    await pushGuarded('org/cloud');
    await create(
      setting.world,
      dockerConfig(setting, 'cloud', { [guarded.server.host]: { username, password } }),
    );
    const spec = { provider: 'aws', secretRef: { name: 'cloud' } };
    await create(setting.world, ociRepository(guarded, setting, 'cloud', spec));
    expect(told(await visit('cloud'))).toMatch(/^True Succeeded/);

    for (const [provider, cloud] of [
      ['aws', 'AWS'],
      ['azure', 'Azure'],
      ['gcp', 'GCP'],
    ]) {
      await edit(setting.world, ociAt(setting, 'cloud'), { spec: { provider, secretRef: null } });
      const message = `failed to get credential from ${provider}: invalid ${cloud} registry: '${guarded.server.host}'`;
      expect(told(await visit('cloud'), 'Stalled')).toBe(`True AuthenticationFailed: ${message}`);
    }
  });
});

describe('a registry with a private authority', () => {
  test('[OCI-10 ca] [OCI-10 client-certificate] is trusted by the Secret, and sees our certificate', async () => {
    const { ca, client } = await authority;
    const all = { 'ca.crt': ca, 'tls.crt': client.certificate, 'tls.key': client.key };
    await create(setting.world, secret(setting, 'tls', all));
    await create(setting.world, secret(setting, 'half', { 'tls.crt': client.certificate }));
    await create(setting.world, secret(setting, 'empty', { other: 'x' }));
    const url = `oci://${secure.server.host}/org/secure`;
    const spec = { url, insecure: false, certSecretRef: { name: 'tls' } };
    await create(setting.world, ociRepository(secure, setting, 'secure', spec));

    const message = told(await visit('secure'), 'FetchFailed');
    expect(message).toContain(`${secure.server.host} answers with status 404`);

    const failed = `True AuthenticationFailed: failed to generate transport for '${url}': `;
    await edit(setting.world, ociAt(setting, 'secure'), { spec: { certSecretRef: { name: 'half' } } });
    expect(told(await visit('secure'), 'FetchFailed')).toBe(
      `${failed}'tls.crt' and 'tls.key' must be set together`,
    );
    await edit(setting.world, ociAt(setting, 'secure'), { spec: { certSecretRef: { name: 'empty' } } });
    expect(told(await visit('secure'), 'FetchFailed')).toContain("must contain either 'ca.crt' or both");
    await edit(setting.world, ociAt(setting, 'secure'), { spec: { certSecretRef: null } });
    expect(told(await visit('secure'), 'FetchFailed')).toMatch(
      /cannot reach .*(self-signed|unable to verify)/,
    );
  });
});

test('[OCI-10 insecure] plain HTTP is spoken only where insecure is set', async () => {
  const open = await startRegistry();
  await push({ server: open }, 'org/open', 'latest', { 'a.yaml': 'a' });
  await create(setting.world, ociRepository({ server: open }, setting, 'open', { insecure: false }));
  expect(told(await visit('open'), 'FetchFailed')).toMatch(/^True OCIArtifactPullFailed: .*cannot reach/);
  await edit(setting.world, ociAt(setting, 'open'), { spec: { insecure: true } });
  expect(told(await visit('open'))).toMatch(/^True Succeeded/);
  await open.stop();
});
