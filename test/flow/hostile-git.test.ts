import { request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { sendForEver, serve } from '../features/http/web-server.ts';
import { create, gitRepository, type Reconciled, reconcile } from './drive.ts';
import { expectKept } from './hostile/kept.ts';
import { publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('hostile-git');
const FAILED = 'GitOperationFailed: failed to checkout and determine revision: ';

/** What comes instead of an answer with a pack. */
type Tamper = (answer: Buffer, response: ServerResponse) => void;

/** The world's Git server, but for packs. */
async function tampering(): Promise<{ readonly url: string; readonly turn: (tamper: Tamper) => void }> {
  let tamper: Tamper = (answer, response) => response.end(answer);
  const url = await serve(async (incoming, response) => {
    const sent = await buffer(incoming);
    const { method, headers } = incoming;
    const outgoing = request(
      new URL(incoming.url ?? '/', setting.world.git.url),
      { method, headers },
      async (answer) => {
        const body = await buffer(answer);
        response.writeHead(answer.statusCode ?? 500, {
          'content-type': answer.headers['content-type'] ?? '',
        });
        if (body.includes('PACK')) tamper(body, response);
        else response.end(body);
      },
    );
    outgoing.end(sent);
  });
  return {
    url,
    turn: (next) => {
      tamper = next;
    },
  };
}

describe('a pack that turns bad leaves the last good artifact, advertised and served', () => {
  test.each<[name: string, title: string, tamper: Tamper, wording: RegExp]>([
    [
      'checksum',
      'with a wrong checksum',
      (answer, response) => {
        // The last byte of the pack stands before the four of the packet that ends the answer.
        const at = answer.length - 5;
        answer.writeUInt8(answer.readUInt8(at) ^ 1, at);
        response.end(answer);
      },
      /checksum/,
    ],
    ['short', 'that is cut short', (answer, response) => response.end(answer.subarray(0, -40)), /./],
    [
      'broken',
      'whose connection breaks off',
      (answer, response) => response.write(answer.subarray(0, 60), () => response.destroy()),
      /./,
    ],
    ['zeros', 'of zeros without end', (_answer, response) => sendForEver(response), /./],
    [
      'endless',
      'that never ends',
      (answer, response) => {
        response.write(answer.subarray(0, -4));
        endlessPackets(response);
      },
      /larger than \d+ bytes|more than \d+ bytes/,
    ],
  ])('%s: %s', async (name, _title, tamper, wording) => {
    await publish(setting, name, { 'a.yaml': 'a: 1\n' });
    const server = await tampering();
    const url = `${server.url}/${name}.git`;
    await create(setting.world, gitRepository(setting.world, setting.namespace, name, { url }));
    const visit = (): Promise<Reconciled> => reconcile(setting.world, sourceAt(setting, name));
    const good = await visit();
    expect(told(good)).toMatch(/^True Succeeded/);
    await publish(setting, name, { 'a.yaml': `name: ${name}\n` });
    server.turn(tamper);

    const bad = await visit();

    await expectKept(bad, good, new RegExp(`^True ${FAILED}`));
    expect(told(bad)).toMatch(wording);
    server.turn((answer, response) => response.end(answer));
    expect(told(await visit())).toMatch(/^True Succeeded/);
  });
});

/** Packets of data of the largest size, until the other side has enough. */
function endlessPackets(response: ServerResponse): void {
  const packet = Buffer.concat([Buffer.from('fff0\x01'), Buffer.alloc(0xfff0 - 5)]);
  const more = (): void => {
    while (!response.destroyed) if (!response.write(packet)) return void response.once('drain', more);
  };
  more();
}
