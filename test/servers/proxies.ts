import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersOn, freePorts } from './ports.ts';

/** A real proxy on loopback. */
export interface ProxyServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** What it wrote about those who asked. */
  log(): string;
  stop(): Promise<void>;
}

export interface ProxyOptions {
  readonly username?: string;
  readonly password?: string;
}

export function hasProxies(): boolean {
  return existsSync('/usr/bin/tinyproxy') && existsSync('/usr/bin/microsocks');
}

/** tinyproxy: forwards plain HTTP and makes tunnels to any port. */
export async function startHttpProxy({ username, password }: ProxyOptions = {}): Promise<ProxyServer> {
  const directory = mkdtempSync(join(tmpdir(), 'tinyproxy-'));
  const [port = 0] = await freePorts(1);
  const login = username === undefined ? '' : `BasicAuth ${username} ${password}\n`;
  const config = `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nLogLevel Info\n${login}`;
  writeFileSync(join(directory, 'config'), config);
  return started(`http://127.0.0.1:${port}`, port, 'tinyproxy', ['-d', '-c', join(directory, 'config')], () =>
    rmSync(directory, { recursive: true, force: true }),
  );
}

/** microsocks: SOCKS5. */
export async function startSocksProxy({ username, password = '' }: ProxyOptions = {}): Promise<ProxyServer> {
  const [port = 0] = await freePorts(1);
  const login = username === undefined ? [] : ['-u', username, '-P', password];
  return started(`socks5://127.0.0.1:${port}`, port, 'microsocks', [
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    ...login,
  ]);
}

async function started(
  url: string,
  port: number,
  program: string,
  args: readonly string[],
  afterwards: () => void = () => {},
): Promise<ProxyServer> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await answersOn(port, child);
  return {
    url,
    log: () => said,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      afterwards();
    },
  };
}
