import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Person, readPerson } from '../../../infra/cli/person-kubeconfig.ts';
import type { World } from '../../../infra/cli/world.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { openSession } from './recorded-world.ts';

const SECRET = 'very-secret-token';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly name?: string;
  readonly current?: string | undefined;
}

function kubeconfig({ cluster, user, name = 'dev', current = name }: Parts = {}): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${name}:6443`, ...cluster } }],
    users: [{ name, user: user ?? { token: SECRET } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...(current && { 'current-context': current }),
  });
}

function exec(script: string): object {
  const args = ['-c', script];
  return {
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args, interactiveMode: 'Never' },
  };
}

interface Reading {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
}

/** Reads with these files in a fresh working directory. */
function read({ files = {}, env = {}, flags = {} }: Reading): Promise<Person> {
  const { cwd } = openSession();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(cwd, file, '..'), { recursive: true });
    writeFileSync(join(cwd, file), text);
  }
  const input = { positionals: [], text: (flag: string) => flags[flag], on: () => false, all: () => [] };
  const inCwd = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll('$CWD', cwd)]),
  );
  const world: World = {
    out: () => undefined,
    err: () => undefined,
    interactive: false,
    symbols: false,
    ask: async () => '',
    env: inCwd,
    cwd,
    home: join(cwd, 'home'),
    clock: systemClock,
  };
  return readPerson(input, world);
}

const readOne = (text: string, flags = {}) =>
  read({ files: { k: text }, flags: { kubeconfig: 'k', ...flags } });

describe('which kubeconfig', () => {
  const usual = {
    'home/.kube/config': kubeconfig({ name: 'home' }),
    a: kubeconfig({ name: 'a' }),
    b: kubeconfig({ name: 'b' }),
  };

  test('--kubeconfig comes before KUBECONFIG, and that before ~/.kube/config', async () => {
    const env = { KUBECONFIG: '$CWD/a' };

    expect((await read({ files: usual })).context).toBe('home');
    expect((await read({ files: usual, env })).context).toBe('a');
    expect((await read({ files: usual, env, flags: { kubeconfig: 'b' } })).context).toBe('b');
  });

  test('the files of KUBECONFIG are merged, the first with a name wins, and absent ones are passed over', async () => {
    const twin = kubeconfig({ name: 'a', cluster: { server: 'https://other:6443' } });
    const files = { ...usual, twin };
    const env = { KUBECONFIG: '$CWD/absent:$CWD/a:$CWD/twin:$CWD/b' };

    expect((await read({ files, env })).connection.server).toBe('https://a:6443');
    expect((await read({ files, env, flags: { context: 'b' } })).connection.server).toBe('https://b:6443');
  });

  test('the kubectl lines that are printed lead to the same cluster', async () => {
    expect((await readOne(kubeconfig(), { context: 'dev' })).kubectl).toBe(
      'kubectl --kubeconfig k --context dev',
    );
    expect((await read({ files: usual })).kubectl).toBe('kubectl');
  });
});

describe('credentials', () => {
  test('of a token and an inline CA', async () => {
    const ca = { 'certificate-authority-data': Buffer.from(PEM).toString('base64') };

    const { connection } = await readOne(kubeconfig({ cluster: { ...ca, 'tls-server-name': 'api' } }));

    expect(connection).toEqual({
      server: 'https://dev:6443',
      ca: PEM,
      tlsServerName: 'api',
      credentials: { token: SECRET },
    });
  });

  test('of files, relative to the kubeconfig', async () => {
    const cluster = { 'certificate-authority': 'ca.pem' };
    const user = { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' };
    const files = {
      'd/k': kubeconfig({ cluster, user }),
      'd/ca.pem': PEM,
      'd/cert.pem': 'CERT',
      'd/key.pem': 'KEY',
    };

    const { connection } = await read({ files, flags: { kubeconfig: 'd/k' } });

    expect(connection.ca).toBe(PEM);
    expect(connection.credentials).toEqual({ clientCertificate: { certificate: 'CERT', key: 'KEY' } });
  });

  test('of a token file come before the token, as in client-go', async () => {
    const files = { 'd/k': kubeconfig({ user: { tokenFile: 'tok', token: 'old' } }), 'd/tok': `${SECRET}\n` };

    const { connection } = await read({ files, flags: { kubeconfig: 'd/k' } });

    expect(connection.credentials).toEqual({ token: SECRET });
  });

  test('of a program, which is told about the cluster when it asks', async () => {
    const script =
      'printf \'{"status":{"token":"%s"}}\' "$(printf %s "$KUBERNETES_EXEC_INFO" | tr -d \'"{}\')"';
    const { exec: plugin } = exec(script) as { exec: object };

    const { connection } = await readOne(
      kubeconfig({ user: { exec: { ...plugin, provideClusterInfo: true } } }),
    );

    expect(connection.credentials.token).toBe(
      'apiVersion:client.authentication.k8s.io/v1,kind:ExecCredential,spec:interactive:false,cluster:server:https://dev:6443',
    );
  });

  test('of another user whom the person may impersonate', async () => {
    expect((await readOne(kubeconfig({ user: { token: SECRET, as: 'ann' } }))).impersonate).toBe('ann');
  });
});

describe('is refused in one sentence that says what to do', () => {
  const failing = exec(`echo first >&2; echo "expired; Bearer ${SECRET}1" >&2; exit 1`);
  const absent = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-program' } };

  test.each([
    ['garbage', 'hello', 'malformed', 'holds no context; is it a kubeconfig?'],
    ['broken YAML', `a: [\n token: ${SECRET}: {`, 'malformed', 'cannot be read as a kubeconfig (line'],
    ['an empty file', '', 'malformed', 'cannot be read as a kubeconfig'],
    ['no current context', kubeconfig({ current: '' }), 'invalid', 'choose one with --context (it has dev)'],
    [
      'a context that is not there',
      kubeconfig({ current: 'x' }),
      'invalid',
      'has no context "x"; it has dev',
    ],
    ['http', kubeconfig({ cluster: { server: 'http://dev' } }), 'invalid', 'Sluice speaks https only'],
    [
      'insecure',
      kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } }),
      'invalid',
      'certificate-authority-data',
    ],
    ['a proxy', kubeconfig({ cluster: { 'proxy-url': 'http://p' } }), 'invalid', 'proxy-url'],
    ['a password', kubeconfig({ user: { username: 'u', password: SECRET } }), 'invalid', 'uses username'],
    [
      'nobody',
      kubeconfig({ user: {} }),
      'unauthorized',
      'has neither token, client certificate nor exec plugin',
    ],
    [
      'a file that is gone',
      kubeconfig({ user: { 'client-certificate': 'gone.pem' } }),
      'invalid',
      'gone.pem, which is not there',
    ],
    [
      'a program that fails',
      kubeconfig({ user: failing }),
      'unauthorized',
      'running "sh", which failed: expired',
    ],
    [
      'a program that is not there',
      kubeconfig({ user: absent }),
      'unauthorized',
      '"no-such-program", which is not installed',
    ],
    [
      'a program that says junk',
      kubeconfig({ user: exec('echo hi') }),
      'unauthorized',
      'is no ExecCredential',
    ],
    [
      'a program that says nothing',
      kubeconfig({ user: exec('echo "{}"') }),
      'unauthorized',
      'is no ExecCredential',
    ],
    [
      'a program without credentials',
      kubeconfig({ user: exec('echo \'{"status":{}}\'') }),
      'unauthorized',
      'gave neither',
    ],
  ])('%s', async (_, text, code, said) => {
    const fault = await readOne(text).catch((error: unknown) => error);

    expect(fault).toMatchObject({ code, message: expect.stringContaining(said) });
    expect((fault as Error).message).not.toContain(SECRET);
    expect((fault as Error).message).not.toContain('\n');
  });
});
