import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ApiAccess } from './api.ts';

/** Where the API server finds (or, with its own certificate, leaves) what it and its clients trust. */
export interface IdentityFiles {
  /** The API server writes apiserver.crt (itself, then its CA) and apiserver.key here when they are absent. */
  readonly certificates: string;
  readonly authority: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly kubeconfig: string;
}

/** The names of the identity files in `dir`. */
export function identityFiles(dir: string): IdentityFiles {
  return {
    certificates: join(dir, 'certificates'),
    authority: join(dir, 'ca.crt'),
    tokens: join(dir, 'tokens.csv'),
    serviceAccountKey: join(dir, 'service-account.key'),
    serviceAccountPublicKey: join(dir, 'service-account.pub'),
    kubeconfig: join(dir, 'kubeconfig'),
  };
}

/** Writes a new administrator's token and a new service account key, and returns the token. */
export function writeIdentities(files: IdentityFiles): string {
  const token = randomBytes(32).toString('hex');
  writeFileSync(files.tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });

  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(files.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files.serviceAccountPublicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  return token;
}

/** Copies the CA out of the chain that the API server signed for itself; undefined while there is none. */
export function takeAuthority(files: IdentityFiles): string | undefined {
  const chain = join(files.certificates, 'apiserver.crt');
  if (!existsSync(chain)) return undefined;
  const [, authority] =
    readFileSync(chain, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  if (authority !== undefined) writeFileSync(files.authority, authority);
  return authority;
}

/** A self-contained kubeconfig in YAML, its names all `control-plane`. */
export function toKubeconfig({ server, ca, token }: ApiAccess): string {
  const name = 'control-plane';
  const authority = Buffer.from(ca).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
