import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { chainProblem } from '../../shared/oci/notation/chain.ts';
import { policyFor } from '../../shared/oci/notation/policy.ts';
import type { Inquiry } from '../../shared/oci/notation/revocation/ask.ts';
import { readCertificates, type Verdict, verifyNotation } from '../../shared/oci/notation/verify.ts';
import { type NotationSigner, newNotationSigner, notationSign } from '../servers/oci-programs.ts';
import { type Descriptor, FLUX, pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, startReferrersRegistry, startRegistry } from '../servers/oci-server.ts';
import { freePorts } from '../servers/ports.ts';
import { newHttp, repositoryAt } from './oci-world.ts';

/** The world at a time. */
function worldAt(now: Date): Inquiry {
  return { http: newHttp(), clock: { ...systemClock, now: () => now }, signal: AbortSignal.timeout(30_000) };
}

const HOUR = 3_600_000;
const TRUSTED = 'x509.subject: C=US, ST=WA, O=Acme\\, Inc.';

/** A trust policy with one statement for all. */
function statement(more: object = {}): object {
  const signatureVerification = { level: 'strict' };
  const stores = { trustStores: ['ca:test'], trustedIdentities: [TRUSTED] };
  const all = { name: 'test', registryScopes: ['*'], signatureVerification, ...stores, ...more };
  return { version: '1.0', trustPolicies: [all] };
}

describe.each<[string, () => Promise<OciServer>]>([
  ['the distribution registry', () => startRegistry()],
  ['a registry with the referrers API', startReferrersRegistry],
])('signatures of the real notation, in %s', (_name, start) => {
  let server: OciServer;
  let place: string;
  let signer: NotationSigner;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'sluice-notation-'));
    [server, signer] = await Promise.all([start(), newNotationSigner(place)]);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(place, { recursive: true, force: true });
  });

  async function pushed(repository: string): Promise<Descriptor> {
    const layer = { mediaType: FLUX.content, body: Buffer.from(repository) };
    return pushArtifact({ url: server.url, repository }, 'latest', [layer]);
  }

  async function verdictOn(
    repository: string,
    artifact: Descriptor,
    document: object = statement(),
    options: { readonly now?: Date; readonly root?: string } = {},
  ): Promise<Verdict> {
    const { now = new Date(), root = signer.root } = options;
    const certificates = readCertificates(await readFile(root));
    const policy = policyFor(document, `${server.host}/${repository}`);
    return verifyNotation(
      repositoryAt(server.host, repository),
      artifact,
      { policy, certificates },
      worldAt(now),
    );
  }

  test.each(['jws', 'cose'] as const)(
    '[OCI-14 envelopes] [OCI-14 certificates] [OCI-14 policy] %s is verified',
    async (format) => {
      const artifact = await pushed(`org/${format}`);
      await notationSign(`${server.host}/org/${format}@${artifact.digest}`, signer, { format });

      expect(await verdictOn(`org/${format}`, artifact)).toEqual({ verdict: 'verified' });
    },
  );

  test.each(['jws', 'cose'] as const)('[OCI-14 envelopes] %s with an RSA key is verified', async (format) => {
    const own = await mkdtemp(join(place, 'rsa-'));
    const rsa = await newNotationSigner(own, { keyType: 'rsa' });
    const artifact = await pushed(`org/rsa-${format}`);
    await notationSign(`${server.host}/org/rsa-${format}@${artifact.digest}`, rsa, { format });

    expect(await verdictOn(`org/rsa-${format}`, artifact, statement(), { root: rsa.root })).toEqual({
      verdict: 'verified',
    });
    expect(await verdictOn(`org/rsa-${format}`, artifact)).toMatchObject({
      verdict: 'failed',
      message: 'signature is not produced by a trusted signer',
    });
  });

  test('[OCI-14 levels] what the policy enforces is refused, what it logs is tolerated', async () => {
    const artifact = await pushed('org/levels');
    await notationSign(`${server.host}/org/levels@${artifact.digest}`, signer, { expiry: '1h' });
    const stranger = await newNotationSigner(await mkdtemp(join(place, 'stranger-')));
    const on = (level: string, more: object = {}, options: { now?: Date; root?: string } = {}) =>
      verdictOn('org/levels', artifact, statement({ signatureVerification: { level }, ...more }), options);
    const { root } = stranger;
    const later = { now: new Date(Date.now() + 2 * HOUR) };
    const muchLater = { now: new Date(Date.now() + 48 * HOUR) };
    const other = { trustedIdentities: ['x509.subject: C=US, ST=WA, O=Other'] };

    expect(await on('strict')).toEqual({ verdict: 'verified' });
    expect(await on('skip')).toEqual({ verdict: 'ignored' });
    expect(await on('permissive', {}, { root })).toMatchObject({ verdict: 'failed' });
    expect(await on('audit', {}, { root })).toEqual({ verdict: 'ignored' });
    expect(await on('audit', other)).toEqual({ verdict: 'ignored' });
    expect(await on('strict', other)).toMatchObject({
      message: expect.stringContaining('does not match the X.509'),
    });
    expect(await on('strict', { trustedIdentities: ['*'] })).toEqual({ verdict: 'verified' });
    expect(await on('strict', { trustStores: ['signingAuthority:test'] })).toMatchObject({
      verdict: 'failed',
    });
    expect(await on('strict', {}, later)).toMatchObject({
      message: expect.stringContaining('has expired on'),
    });
    expect(await on('permissive', {}, later)).toEqual({ verdict: 'verified' });
    expect(await on('permissive', {}, muchLater)).toEqual({ verdict: 'verified' });
    const {
      trustPolicies: [all],
    } = statement({ name: 'all' }) as { trustPolicies: [object] };
    const own = { ...all, name: 'own', registryScopes: [`${server.host}/org/levels`] };
    const skipped = { ...own, signatureVerification: { level: 'skip' } };
    const both = (first: object) =>
      verdictOn('org/levels', artifact, { version: '1.0', trustPolicies: [all, first] });
    expect([await both(own), await both(skipped)]).toEqual([{ verdict: 'verified' }, { verdict: 'ignored' }]);
    const overridden = { signatureVerification: { level: 'strict', override: { expiry: 'log' } } };
    expect(await on('', overridden, later)).toEqual({ verdict: 'verified' });
    expect(await on('', overridden, muchLater)).toMatchObject({
      message: expect.stringContaining('is not valid at'),
    });
  });

  test('[OCI-14 revocation-unknown] certificates that name a list that nobody has are refused where the policy enforces it', async () => {
    const [port = 0] = await freePorts(1);
    const own = await mkdtemp(join(place, 'revocable-'));
    const revocable = await newNotationSigner(own, { revocations: `http://127.0.0.1:${port}/list` });
    const artifact = await pushed('org/revocable');
    await notationSign(`${server.host}/org/revocable@${artifact.digest}`, revocable);
    const on = (signatureVerification: object) =>
      verdictOn('org/revocable', artifact, statement({ signatureVerification }), { root: revocable.root });

    expect(await on({ level: 'strict' })).toMatchObject({
      message: expect.stringMatching(/revocation status is unknown: list at 127\.0\.0\.1:\d+: cannot reach/),
    });
    expect(await on({ level: 'permissive' })).toEqual({ verdict: 'verified' });
    expect(await on({ level: 'strict', override: { revocation: 'skip' } })).toEqual({ verdict: 'verified' });
  });

  test('[OCI-14 time-stamps] a time stamp that the policy demands is missed', async () => {
    const artifact = await pushed('org/stamps');
    await notationSign(`${server.host}/org/stamps@${artifact.digest}`, signer);
    const trustStores = ['ca:test', 'tsa:test'];
    expect(await verdictOn('org/stamps', artifact, statement({ trustStores }))).toMatchObject({
      message: 'no timestamp countersignature was found in the signature envelope',
    });
  });

  test('none, and one of another artifact, are refused', async () => {
    const unsigned = await pushed('org/unsigned');
    expect(await verdictOn('org/unsigned', unsigned)).toMatchObject({
      message: `no signature is associated with "${unsigned.digest}"`,
    });
    const signed = await pushed('org/other');
    await notationSign(`${server.host}/org/other@${signed.digest}`, signer);
    const registry = repositoryAt(server.host, 'org/other');
    const moved = { ...registry, referrers: () => registry.referrers(signed.digest) };
    const policy = policyFor(statement(), `${server.host}/org/other`);
    const certificates = readCertificates(await readFile(signer.root));
    const verdict = await verifyNotation(
      moved,
      { ...signed, digest: unsigned.digest },
      { policy, certificates },
      worldAt(new Date()),
    );
    expect(verdict).toEqual({ verdict: 'failed', message: 'content descriptor mismatch' });
  });

  test('a chain that does not lead from the signer to a root of its own is none', async () => {
    const stranger = await newNotationSigner(await mkdtemp(join(place, 'chain-')));
    const [leaf, root] = readCertificates(await readFile(signer.certificates)) as [
      X509Certificate,
      X509Certificate,
    ];
    const [other] = readCertificates(await readFile(stranger.certificates)) as [X509Certificate];

    expect(chainProblem([leaf, root])).toBeUndefined();
    expect(chainProblem([other, root])).toMatch(/is not issued by/);
    expect(chainProblem([leaf])).toMatch(/root certificate .* is not self-signed/);
    expect(chainProblem([root])).toMatch(/is an authority's/);
    expect(chainProblem([leaf, root, root])).toMatch(/is self-signed and not the last/);
    expect(chainProblem([root, leaf])).toMatch(/is self-signed and not the last/);
    expect(chainProblem([])).toBe('it is empty');
  });

  test('an envelope that was tampered with is refused', async () => {
    const artifact = await pushed('org/tampered');
    await notationSign(`${server.host}/org/tampered@${artifact.digest}`, signer);
    const registry = repositoryAt(server.host, 'org/tampered');
    const tamper = (change: (envelope: Record<string, string>) => object): typeof registry => ({
      ...registry,
      blob: async (descriptor, maxBytes) => {
        const body = Buffer.from(await registry.blob(descriptor, maxBytes)).toString();
        return Buffer.from(JSON.stringify(change(JSON.parse(body) as Record<string, string>)));
      },
    });
    const policy = policyFor(
      statement({ signatureVerification: { level: 'audit' } }),
      `${server.host}/org/tampered`,
    );
    const certificates = [new X509Certificate(await readFile(signer.root))];
    const payload = Buffer.from(JSON.stringify({ targetArtifact: artifact })).toString('base64url');
    const changes = [
      tamper((envelope) => ({ ...envelope, payload })),
      tamper((envelope) => ({ ...envelope, protected: Buffer.from('{}').toString('base64url') })),
      tamper((envelope) => ({ ...envelope, header: { x5c: [] } })),
      tamper(() => ({})),
    ];
    for (const changed of changes)
      expect(
        (await verifyNotation(changed, artifact, { policy, certificates }, worldAt(new Date()))).verdict,
      ).toBe('failed');
  });
});
