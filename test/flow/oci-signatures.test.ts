import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ports } from '../../shared/ports.ts';
import { cosignVectors, type NotationCase, notationVectors, serversOf } from '../features/oci/vectors.ts';
import { type NotationSigner, newNotationSigner, notationSign } from '../servers/oci-programs.ts';
import { type Descriptor, FLUX, type PushTo, pushArtifact } from '../servers/oci-push.ts';
import { startReferrersRegistry } from '../servers/oci-server.ts';
import { secret } from './bucket.ts';
import { condition, create, edit, type Reconciled, reconcile } from './drive.ts';
import { lines, ociAt, ociRepository, publishSigned, push, useServer, watchedHttp } from './oci.ts';
import { newEvents, told, useWorld } from './setting.ts';

const setting = useWorld('oci-signatures');
const registry = useServer(startReferrersRegistry);
const { namespace } = setting;
const { publicKey, trustedRoot, signed } = cosignVectors();
const stranger = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }),
);

async function visit(name: string): Promise<Reconciled> {
  return reconcile(setting.world, ociAt(setting, name));
}

describe('cosign with keys', () => {
  test.each(['key-bundle', 'key-claim'] as const)(
    '[OCI-11 keys] [OCI-11 any-key] [OCI-13 verified] %s is verified',
    async (name) => {
      const digest = await publishSigned(registry, `org/${name}`, signed[name]);
      const stringData = { 'a.pub': stranger, 'team.pub': publicKey, 'notes.txt': 'no key' };
      await create(setting.world, secret(setting, name, stringData));
      const verify = { provider: 'cosign', secretRef: { name } };
      await create(setting.world, ociRepository(registry, setting, name, { verify }));

      const done = await visit(name);

      const verified = `True Succeeded: verified signature of revision latest@${digest}`;
      expect(told(done, 'SourceVerified')).toBe(verified);
      expect(told(done)).toBe(`True Succeeded: stored artifact for digest 'latest@${digest}'`);
    },
  );

  test('[OCI-15 again] [OCI-15 removed] is looked at again when the spec is new, and not when nothing is', async () => {
    const { http, asked } = watchedHttp(setting);
    const again = async (): Promise<readonly string[]> => {
      asked.length = 0;
      await reconcile(setting.world, ociAt(setting, 'key-bundle'), { ports: { http } });
      return lines(asked);
    };
    await again();
    expect(await again()).toEqual(['HEAD /v2/org/key-bundle/manifests/latest']);

    await edit(setting.world, ociAt(setting, 'key-bundle'), { spec: { interval: '11m' } });
    expect((await again()).length).toBeGreaterThan(2);
    const verified = condition(await visit('key-bundle'), 'SourceVerified');
    expect(verified).toMatchObject({ status: 'True', observedGeneration: 2 });
    expect(await again()).toHaveLength(1);

    await edit(setting.world, ociAt(setting, 'key-bundle'), { spec: { verify: null } });
    expect(condition(await visit('key-bundle'), 'SourceVerified')).toBeUndefined();
  });

  test('[OCI-15 failure] [OCI-16 verification-error] an unsigned artifact is not taken, and the last good one stays', async () => {
    await publishSigned(registry, 'org/turns', signed['key-bundle']);
    await create(setting.world, secret(setting, 'turns', { 'cosign.pub': publicKey }));
    const verify = { provider: 'cosign', secretRef: { name: 'turns' } };
    await create(setting.world, ociRepository(registry, setting, 'turns', { verify }));
    const good = await visit('turns');
    await newEvents(setting, ociAt(setting, 'turns'));
    const { digest } = await push(registry, 'org/turns', 'latest', { 'evil.yaml': '!' });

    const bad = await visit('turns');

    const where = `${registry.server.host}/org/turns@${digest}`;
    const message = `failed to verify the signature using provider 'cosign': no matching signatures were found for '${where}'`;
    expect(told(bad, 'SourceVerified')).toBe(`False VerificationError: ${message}`);
    expect(condition(bad, 'Ready')?.status).toBe('False');
    expect(bad.status.artifact).toEqual(good.status.artifact);
    expect(await newEvents(setting, ociAt(setting, 'turns'))).toEqual([
      `Warning VerificationError: ${message}`,
    ]);

    await publishSigned(registry, 'org/turns', signed['key-bundle']);
    const mended = await visit('turns');
    expect(told(mended, 'SourceVerified')).toMatch(/^True Succeeded/);
    expect(told(mended)).toMatch(/^True Succeeded/);
  });

  test('a Secret that is not there, and a key that is none, are told', async () => {
    await publishSigned(registry, 'org/keyless-secret', signed['key-bundle']);
    const verify = { provider: 'cosign', secretRef: { name: 'no-key' } };
    await create(setting.world, ociRepository(registry, setting, 'keyless-secret', { verify }));
    const failed = "False VerificationError: failed to verify the signature using provider 'cosign': ";
    expect(told(await visit('keyless-secret'), 'SourceVerified')).toBe(
      `${failed}failed to get secret '${namespace}/no-key': secrets "no-key" not found`,
    );
    await create(setting.world, secret(setting, 'no-key', { 'cosign.pub': 'no key' }));
    const told2 = told(await visit('keyless-secret'), 'SourceVerified');
    expect(told2).toBe(`${failed}there is no public key in PEM`);
  });
});

describe('cosign without keys', () => {
  test.each(['keyless-bundle', 'keyless-claim'] as const)(
    '[OCI-11 keyless] [OCI-11 trusted-root] [OCI-12 match] %s is verified by the root of the Secret, for who is asked for',
    async (name) => {
      await publishSigned(registry, `org/${name}`, signed[name]);
      const root = { 'trusted_root.json': JSON.stringify(trustedRoot) };
      await create(setting.world, secret(setting, name, root));
      const matchOIDCIdentity = [{ issuer: '^https://issuer\\.example$', subject: '^signer@example\\.com$' }];
      const verify = { provider: 'cosign', trustedRootSecretRef: { name }, matchOIDCIdentity };
      await create(setting.world, ociRepository(registry, setting, name, { verify }));
      expect(told(await visit(name), 'SourceVerified')).toMatch(
        /^True Succeeded: verified signature of revision/,
      );

      const other = [{ issuer: '.*', subject: '^other@example\\.com$' }];
      await edit(setting.world, ociAt(setting, name), { spec: { verify: { matchOIDCIdentity: other } } });
      const refused = await visit(name);
      expect(told(refused, 'SourceVerified')).toMatch(
        /^False VerificationError: failed to verify the signature using provider 'cosign keyless': no matching signatures: none of the expected identities/,
      );
      expect(refused.status.artifact).toBeDefined();

      await edit(setting.world, ociAt(setting, name), { spec: { verify: { trustedRootSecretRef: null } } });
      expect(told(await visit(name), 'SourceVerified')).toMatch(/^False VerificationError/);
    },
  );
});

describe('notation', () => {
  let place: string;
  let signer: NotationSigner;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'sluice-notation-'));
    signer = await newNotationSigner(place);
  });
  afterAll(() => rm(place, { recursive: true, force: true }));

  test('[OCI-14 policy] [OCI-14 skip] is verified by the policy and the certificates of the Secret', async () => {
    const to = { url: registry.server.url, repository: 'org/notation' };
    const layer = {
      mediaType: FLUX.content,
      body: Buffer.from(signed['key-claim'].blobs[firstLayer()] ?? '', 'base64'),
    };
    const { digest } = await pushArtifact(to, 'latest', [layer]);
    await notationSign(`${registry.server.host}/org/notation@${digest}`, signer);
    const policy = (level: string) => ({
      version: '1.0',
      trustPolicies: [
        {
          ...{ name: 'all', registryScopes: ['*'], signatureVerification: { level } },
          ...{ trustStores: ['ca:all'], trustedIdentities: ['*'] },
        },
      ],
    });
    const stringData = {
      'trustpolicy.json': JSON.stringify(policy('strict')),
      'root.crt': String(await readFile(signer.root)),
    };
    await create(setting.world, secret(setting, 'notation', stringData));
    const verify = { provider: 'notation', secretRef: { name: 'notation' } };
    await create(setting.world, ociRepository(registry, setting, 'notation', { verify }));

    const done = await visit('notation');
    expect(told(done, 'SourceVerified')).toBe(
      `True Succeeded: verified signature of revision latest@${digest}`,
    );

    const unsigned = await push(registry, 'org/notation', 'latest', { 'evil.yaml': '!' });
    const failed = await visit('notation');
    expect(told(failed, 'SourceVerified')).toBe(
      `False VerificationError: failed to verify the signature using provider 'notation': no signature is associated with "${unsigned.digest}"`,
    );
    expect(failed.status.artifact).toEqual(done.status.artifact);

    const skipping = { stringData: { 'trustpolicy.json': JSON.stringify(policy('skip')) } };
    const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'notation' };
    await edit(setting.world, reference, skipping);
    const skipped = await visit('notation');
    expect(condition(skipped, 'SourceVerified')).toBeUndefined();
    expect(skipped.status.artifact).toMatchObject({ revision: `latest@${unsigned.digest}` });
  });

  test('[OCI-14 revocation] [OCI-14 time-stamps] responders and lists are asked, and time stamps counted', async () => {
    const { artifact, layer, blobs, cases } = notationVectors();
    const to = { url: registry.server.url, repository: 'org/revocation' };
    const body = Buffer.from(layer, 'base64');
    expect(await pushArtifact(to, 'latest', [{ mediaType: FLUX.content, body }])).toEqual(artifact);
    const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'revocation' };
    const verify = { provider: 'notation', secretRef: { name: 'revocation' } };
    const spec = { verify, interval: '10m' };
    await create(setting.world, secret(setting, 'revocation', { 'trustpolicy.json': '{}' }));
    await create(setting.world, ociRepository(registry, setting, 'revocation', spec));
    let signature: Descriptor | undefined;
    const toldOf = async (name: string, minutes: number): Promise<string | undefined> => {
      const one = cases.find((each) => each.name === name) as NotationCase;
      if (signature !== undefined) await removeManifest(to, signature);
      signature = await pushSignature(
        to,
        artifact,
        one.mediaType,
        Buffer.from(blobs[one.envelope] ?? '', 'base64'),
      );
      const pems = one.roots.map((root) => new X509Certificate(Buffer.from(blobs[root] ?? '', 'base64')));
      const stringData = {
        'trustpolicy.json': JSON.stringify(one.policy),
        // What an earlier case has left in the Secret is written over.
        ...Object.fromEntries([...pems, ...pems].slice(0, 2).map((pem, at) => [`${at}.crt`, pem.toString()])),
      };
      await edit(setting.world, reference, { stringData });
      await edit(setting.world, ociAt(setting, 'revocation'), { spec: { interval: `${minutes}m` } });
      const http: Ports['http'] = (profile) => {
        const [real, answering] = [setting.world.runtime.ports.http(profile), serversOf(one, blobs).http];
        const isOurs = (url: string): boolean => new URL(url).hostname.endsWith('.example');
        return { request: (request) => (isOurs(request.url) ? answering : real).request(request) };
      };
      const done = await reconcile(setting.world, ociAt(setting, 'revocation'), { ports: { http } });
      return told(done, 'SourceVerified');
    };
    const failed = "False VerificationError: failed to verify the signature using provider 'notation': ";
    const verified = `True Succeeded: verified signature of revision latest@${artifact.digest}`;

    expect(await toldOf('both: no ocsp, the list has it not', 11)).toBe(verified);
    expect(await toldOf('ocsp: revoked', 12)).toMatch(
      new RegExp(`^${failed}signing certificate with subject ".*signer" is revoked$`),
    );
    expect(await toldOf('ocsp: nobody answers, strict', 13)).toMatch(
      /revocation status is unknown: OCSP at ocsp\.example: cannot reach/,
    );
    expect(await toldOf('ocsp: nobody answers, permissive', 14)).toBe(verified);
    expect(await toldOf('stamp: expired, not stamped', 15)).toBe(
      `${failed}no timestamp countersignature was found in the signature envelope`,
    );
    expect(await toldOf('stamp: expired, stamped before', 16)).toBe(verified);
    expect(await toldOf('stamp: by a stranger', 17)).toMatch(/does not lead to a root that is trusted$/);
  });

  test('[OCI-14 secret] a Secret without a policy or certificates is told', async () => {
    await push(registry, 'org/policies', 'latest', { 'a.yaml': 'a' });
    await create(setting.world, secret(setting, 'policies', { 'root.crt': 'x' }));
    const verify = { provider: 'notation', secretRef: { name: 'policies' } };
    await create(setting.world, ociRepository(registry, setting, 'policies', { verify }));
    expect(told(await visit('policies'), 'SourceVerified')).toContain(
      `'trustpolicy.json' not found in secret '${namespace}/policies'`,
    );
  });
});

/** The digest of the layer of flux's type that the vectors' artifact has. */
function firstLayer(): string {
  const { digest, manifests } = signed['key-claim'];
  const { layers } = JSON.parse(manifests[digest]?.text ?? '{}') as { layers: readonly { digest: string }[] };
  return layers[0]?.digest ?? '';
}

/** Pushes what notation leaves beside an artifact. */
function pushSignature(
  to: PushTo,
  subject: Descriptor,
  mediaType: string,
  body: Uint8Array,
): Promise<Descriptor> {
  const artifactType = 'application/vnd.cncf.notary.signature';
  const config = { mediaType: artifactType, body: Buffer.from('{}') };
  return pushArtifact(to, undefined, [{ mediaType, body }], { artifactType, subject, config });
}

/** Takes a manifest away again. */
async function removeManifest({ url, repository }: PushTo, { digest }: Descriptor): Promise<void> {
  const answer = await fetch(`${url}/v2/${repository}/manifests/${digest}`, { method: 'DELETE' });
  expect(answer.ok).toBe(true);
}
