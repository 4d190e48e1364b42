import { stringify } from 'yaml';
import type { KeyPair } from './certificate.ts';

/** What a kubeconfig says. */
export interface KubeconfigOptions {
  readonly url: string;
  /** The authority of the server's certificate, PEM. */
  readonly ca: string;
  readonly credentials: { readonly token: string } | KeyPair;
  /** Of cluster, user and context. */
  readonly name: string;
  readonly namespace?: string;
}

/** A self-contained kubeconfig in YAML. */
export function toKubeconfig({ url, ca, credentials, name, namespace }: KubeconfigOptions): string {
  const user =
    'token' in credentials
      ? { token: credentials.token }
      : {
          'client-certificate-data': base64(credentials.certificate),
          'client-key-data': base64(credentials.key),
        };
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(ca) } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name, ...(namespace && { namespace }) } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
