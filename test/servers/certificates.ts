import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** A private authority with a server certificate for 127.0.0.1 and localhost, and a client certificate. */
export interface Authority {
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
}

/** Makes everything anew with the real openssl. */
export async function createAuthority(): Promise<Authority> {
  const directory = await mkdtemp(join(tmpdir(), 'authority-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  try {
    await openssl(
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Test-CA'.split(' '),
      ...'-keyout ca.key -out ca.crt'.split(' '),
    );
    await writeFile(join(directory, 'server.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    await writeFile(join(directory, 'client.ext'), 'extendedKeyUsage=clientAuth\n');
    for (const name of ['server', 'client']) {
      await openssl(
        ...`req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name}`.split(' '),
        ...`-keyout ${name}.key -out ${name}.csr`.split(' '),
      );
      await openssl(
        ...`x509 -req -in ${name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2`.split(' '),
        ...`-extfile ${name}.ext -out ${name}.crt`.split(' '),
      );
    }
    const read = (name: string) => readFile(join(directory, name), 'utf8');
    const pair = async (name: string) => ({
      certificate: await read(`${name}.crt`),
      key: await read(`${name}.key`),
    });
    return { ca: await read('ca.crt'), server: await pair('server'), client: await pair('client') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
