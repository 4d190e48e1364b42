import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeTarGz } from '../../../../shared/core/tar/write-tar-gz.ts';
import { FLUX, pushArtifact } from '../../../servers/oci-push.ts';
import { type OciServer, startReferrersRegistry } from '../../../servers/oci-server.ts';
import { startSigstore } from './sigstore.ts';

const run = promisify(execFile);
const MANIFESTS = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';

/** What stands in a repository: manifests by reference, blobs in base64 by digest. */
interface Contents {
  readonly digest: string;
  readonly manifests: Record<string, { readonly mediaType: string; readonly text: string }>;
  readonly blobs: Record<string, string>;
}

async function contentsOf(server: OciServer, repository: string, digest: string): Promise<Contents> {
  const contents: Contents = { digest, manifests: {}, blobs: {} };
  const get = (path: string) =>
    fetch(`${server.url}/v2/${repository}/${path}`, { headers: { accept: MANIFESTS } });
  const keep = async (reference: string): Promise<void> => {
    const answer = await get(`manifests/${reference}`);
    if (!answer.ok) return;
    const text = await answer.text();
    contents.manifests[reference] = { mediaType: answer.headers.get('content-type') ?? '', text };
    const { layers = [] } = JSON.parse(text) as { layers?: { digest: string }[] };
    for (const layer of layers) {
      const blob = await (await get(`blobs/${layer.digest}`)).arrayBuffer();
      contents.blobs[layer.digest] = Buffer.from(blob).toString('base64');
    }
  };
  await keep(digest);
  await keep(`${digest.replace(':', '-')}.sig`);
  const { manifests } = (await (await get(`referrers/${digest}`)).json()) as {
    manifests: { digest: string }[];
  };
  for (const one of manifests) await keep(one.digest);
  return contents;
}

function identityToken(): string {
  const claims = { iss: 'https://issuer.example', sub: 'signer@example.com', email: 'signer@example.com' };
  const more = { aud: 'sigstore', email_verified: true, iat: 1, exp: 4_102_444_800 };
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { ...claims, ...more },
  ].map((part) => JSON.stringify(part));
  return [...parts, 'x'.repeat(256)].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

async function main([cosign = '', modules = '']: readonly string[]): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'cosign-'));
  const server = await startReferrersRegistry();
  const sigstore = await startSigstore(modules);
  const file = (name: string) => join(place, name);
  const pem = { type: 'spki', format: 'pem' } as const;
  await writeFile(file('log.pub'), sigstore.keys.log.publicKey.export(pem));
  await writeFile(file('certificates.pub'), sigstore.keys.certificates.publicKey.export(pem));
  await writeFile(file('root.json'), JSON.stringify(sigstore.trustedRoot));
  const env = {
    ...process.env,
    ...{ HOME: place, COSIGN_PASSWORD: '', SIGSTORE_REKOR_PUBLIC_KEY: file('log.pub') },
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: file('certificates.pub'),
  };
  await run(cosign, ['generate-key-pair'], { cwd: place, env });
  const old = '--new-bundle-format=false';
  const withKey = ['--key', file('cosign.key'), '--tlog-upload=false'];
  const issuer = ['--identity-token', identityToken(), '--oidc-issuer', 'https://issuer.example'];
  const keyless = ['--fulcio-url', sigstore.url, '--rekor-url', sigstore.url, ...issuer];
  const ways = {
    'key-claim': [...withKey, old],
    'key-bundle': withKey,
    'keyless-claim': [...keyless, old],
    'keyless-bundle': [...keyless, '--trusted-root', file('root.json')],
  };
  const data = Buffer.from('signed: true\n');
  const { body } = await writeTarGz([{ path: 'a.yaml', kind: 'file', data }], 1e6);
  const signed: Record<string, Contents> = {};
  for (const [name, args] of Object.entries(ways)) {
    const repository = `org/${name}`;
    const layers = [{ mediaType: FLUX.content, body }];
    const { digest } = await pushArtifact({ url: server.url, repository }, 'latest', layers);
    const always = ['sign', '--yes', '--allow-http-registry', '--use-signing-config=false'];
    await run(cosign, [...always, ...args, `${server.host}/${repository}@${digest}`], { env });
    signed[name] = await contentsOf(server, repository, digest);
  }
  const publicKey = await readFile(file('cosign.pub'), 'utf8');
  const { trustedRoot } = sigstore;
  const text = JSON.stringify({ publicKey, trustedRoot, signed }, undefined, 1);
  await writeFile(join(import.meta.dirname, 'cosign.json'), `${text}\n`);
  sigstore.stop();
  await server.stop();
  await rm(place, { recursive: true, force: true });
}

await main(process.argv.slice(2));
