import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import type { KubeConfig, User } from '@kubernetes/client-node';
import type { Credentials } from '../../shared/adapters/kubernetes/connect.ts';
import { Fault, messageOf } from '../../shared/core/failures.ts';
import { redact } from '../../shared/core/redaction.ts';

/** What a login gives. */
export interface Login {
  readonly credentials: Credentials;
  /** PEM. */
  readonly ca?: string;
}

/** Gets the credentials of the current context, from its text, from files or from a program. Faults: `unauthorized`, `invalid`. */
export async function logIn(config: KubeConfig, about: string, tokenFile?: string): Promise<Login> {
  const user = config.getCurrentUser();
  if (user?.exec) user.exec.env = [...(user.exec.env ?? []), execInfo(config, user)];
  const options: RequestOptions = {};
  let fileToken: string | undefined;
  try {
    await config.applyToHTTPSOptions(options);
    // client-go: the file comes before `token`, which may be its copy of earlier.
    if (tokenFile !== undefined) fileToken = readFileSync(tokenFile, 'utf8').trim();
  } catch (error) {
    throw loginFault(user, about, error);
  }
  const { ca, cert, key, headers } = options;
  const authorization = (headers as Record<string, string> | undefined)?.Authorization ?? '';
  const token = fileToken || /^Bearer (\S+)\s*$/.exec(authorization)?.[1];
  const certificate = text(cert);
  const privateKey = text(key);
  const authority = text(ca);
  if (!token && !(certificate && privateKey)) {
    const why = user?.exec
      ? `ran "${user.exec.command}", which gave neither token nor client certificate`
      : 'has neither token, client certificate nor exec plugin';
    throw new Fault('unauthorized', `the user of ${about} ${why}`);
  }
  const clientCertificate = certificate && privateKey ? { certificate, key: privateKey } : undefined;
  return {
    credentials: { ...(token && { token }), ...(clientCertificate && { clientCertificate }) },
    ...(authority && { ca: authority }),
  };
}

/** client-node leaves this variable out, and some plugins stop without it. */
function execInfo(config: KubeConfig, user: User) {
  const cluster = config.getCurrentCluster();
  const { apiVersion, provideClusterInfo } = user.exec;
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(provideClusterInfo &&
        cluster && {
          cluster: {
            server: cluster.server,
            ...(cluster.caData && { 'certificate-authority-data': cluster.caData }),
            ...(cluster.tlsServerName && { 'tls-server-name': cluster.tlsServerName }),
          },
        }),
    },
  };
  return { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) };
}

function loginFault(user: User | null, about: string, error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const path = error instanceof Error && 'path' in error ? String(error.path) : '';
  if (user?.exec) {
    const program = `"${user.exec.command}"`;
    if (code === 'ENOENT') {
      return new Fault(
        'unauthorized',
        `the user of ${about} logs in by running ${program}, which is not installed`,
      );
    }
    const said =
      error instanceof SyntaxError || error instanceof TypeError
        ? 'what it printed is no ExecCredential'
        : lastLine(messageOf(error));
    return new Fault(
      'unauthorized',
      `the user of ${about} logs in by running ${program}, which failed: ${said}`,
    );
  }
  if (code === 'ENOENT' && path)
    return new Fault('invalid', `${about} names the file ${path}, which is not there`);
  return new Fault('unauthorized', `the user of ${about} cannot log in: ${lastLine(messageOf(error))}`);
}

/** Programs print their reason last; no more of it, as it may be long. */
function lastLine(said: string): string {
  return redact(said.trim().split('\n').at(-1) ?? '').slice(0, 300) || 'it gave no reason';
}

/** PEM as `parseKubeconfig` decodes it, byte for byte. */
function text(pem: unknown): string | undefined {
  if (typeof pem === 'string') return pem || undefined;
  return Buffer.isBuffer(pem) ? pem.toString('latin1') : undefined;
}
