import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sopsProgram } from './sops.ts';

/** A request that the server was asked. */
export interface TransitRequest {
  readonly method: string;
  readonly path: string;
  readonly token: unknown;
  readonly body: unknown;
}

/** The transit engine and a login of Vault's API, as far as the real sops goes; its "ciphertext" is the text backwards. */
export interface Transit {
  readonly address: string;
  readonly asked: TransitRequest[];
  /** Runs the real sops on a file `a.yaml` of this text; `key` is the engine's path and the key, as sops wants them in the URL. */
  encrypt(text: string, key: string, ...flags: readonly string[]): Promise<string>;
  decrypt(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the server on a free port of the loopback; whoever logs in gets `token`. */
export async function startTransit(token: string): Promise<Transit> {
  const asked: TransitRequest[] = [];
  const turned = (text: string) => [...text].reverse().join('');
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat((await request.toArray()) as Buffer[]).toString());
    const { method = '', url = '', headers } = request;
    asked.push({ method, path: url, token: headers['x-vault-token'], body });
    const answer = (status: number, json: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    if (url.endsWith('/login')) return answer(200, { auth: { client_token: token } });
    if (headers['x-vault-token'] !== token) return answer(403, { errors: ['permission denied'] });
    const { plaintext, ciphertext } = body as Readonly<Record<string, string>>;
    if (plaintext !== undefined)
      return answer(200, { data: { ciphertext: `vault:v1:${turned(plaintext)}` } });
    return answer(200, { data: { plaintext: turned((ciphertext ?? '').slice('vault:v1:'.length)) } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = mkdtempSync(join(tmpdir(), 'sluice-vault-'));
  const file = join(place, 'a.yaml');
  /** Beside the server, which lives in this process. */
  const sops = async (text: string, ...flags: readonly string[]): Promise<string> => {
    writeFileSync(file, text);
    const env = { PATH: process.env.PATH, HOME: place, VAULT_TOKEN: token };
    const { stdout } = await promisify(execFile)(sopsProgram() ?? '', [...flags, file], { cwd: place, env });
    return stdout;
  };
  return {
    address,
    asked,
    encrypt: (text, key, ...flags) =>
      sops(text, 'encrypt', '--hc-vault-transit', `${address}/v1/${key}`, ...flags),
    decrypt: (text) => sops(text, 'decrypt'),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(place, { recursive: true, force: true });
    },
  };
}
