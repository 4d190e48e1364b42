import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createGit } from '../../../shared/adapters/git/git.ts';
import { packetLine } from '../../../shared/adapters/git/pkt-line.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { FaultCode } from '../../../shared/core/failures.ts';
import type { GitAuth, GitRemote } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { commit } from '../../servers/git-http.ts';
import { serve } from '../http/web-server.ts';
import { gitWorld } from './git-world.ts';

const ID = '1'.repeat(40);

describe('odd Git servers', () => {
  test('[GR-27 dumb-http] the dumb protocol is refused', async () => {
    const remote = await served((request, response) => {
      if (request.method === 'POST') response.writeHead(405).end();
      else response.setHeader('content-type', 'text/plain').end(`${ID}\trefs/heads/main\n`);
    });

    const fault = await faultOf(remote.lsRefs(['']), 'unsupported');

    expect(fault.message).toBe('the server speaks only the dumb HTTP protocol of Git');
  });

  test('a web page is no repository', async () => {
    const remote = await served((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<html>Sign in</html>'),
    );

    expect((await faultOf(remote.lsRefs(['']), 'malformed')).message).toBe(
      'there is no Git repository at this URL',
    );
  });

  test.each<[number, FaultCode, string]>([
    [401, 'unauthorized', 'authentication required'],
    [403, 'unauthorized', 'authorization failed'],
    [404, 'not-found', 'repository not found'],
    [429, 'throttled', 'the Git server limits the rate of requests'],
    [500, 'server-error', 'unexpected status 500 of the Git server'],
    [503, 'server-error', 'unexpected status 503 of the Git server'],
  ])('status %d is %s', async (status, code, message) => {
    const remote = await served((_request, response) => response.writeHead(status).end('ignored'));

    expect((await faultOf(remote.lsRefs(['']), code)).message).toBe(message);
  });

  test('a repository that moved is followed, without credentials to another host', async () => {
    const world = await gitWorld();
    const id = await commit(world.directory, { a: '1' }, 'first');
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(301, { location: `${world.url}${String(request.url).replace('/old', '')}` }).end();
    });
    const remote = world.open({ bearerToken: 'token' }, `${url}/old`);

    expect(await remote.lsRefs(['refs/heads/'])).toEqual([{ name: 'refs/heads/main', id }]);
    expect((await remote.fetchPack({ want: [id], depth: 1 }, 10_000)).length).toBeGreaterThan(32);
    expect(seen).toEqual(['Bearer token', 'Bearer token']);
    expect([world.requests().length, world.credentials()]).toEqual([3, []]);
  });

  test('a server known to be old is asked at once in its own way', async () => {
    const world = await gitWorld({ onlyV0: true });
    await world.open().lsRefs(['']);

    const before = world.requests().length;
    await world.open().lsRefs(['']);

    expect(world.requests().slice(before)).toEqual(['GET /app.git/info/refs?service=git-upload-pack 200']);
  });

  test('[GR-04 sha256] longer ids are refused also where the server does not say its format', async () => {
    const remote = await served(result(`${packetLine(`${'1'.repeat(64)} refs/heads/main\n`)}0000`));

    await faultOf(remote.lsRefs(['']), 'unsupported');
  });

  test("the server's own words are told", async () => {
    const remote = await served(result(packetLine('ERR access denied by policy\n')));

    const fault = await faultOf(remote.fetchPack({ want: [ID] }, 1000), 'server-error');

    expect(fault.message).toBe('the Git server says: access denied by policy');
  });

  test('[GR-01 no-leak] but never what was sent to it, in any form', async () => {
    const pair = Buffer.from('ada:hunter2').toString('base64');
    const words = `ERR you are ${pair}, ada with hunter2 or ${Buffer.from('hunter2').toString('base64url')}`;
    const remote = await served(result(packetLine(words)), { username: 'ada', password: 'hunter2' });

    const fault = await faultOf(remote.fetchPack({ want: [ID] }, 1000), 'server-error');

    expect(fault.message).toBe('the Git server says: you are *****, ada with ***** or *****');
    expect(JSON.stringify(fault.data)).not.toMatch(/hunter2/);
  });

  test('a fatal message in the third band is told', async () => {
    const remote = await served(
      result(`${packetLine('packfile\n')}${packetLine('\x03out of memory\n')}0000`),
    );

    const fault = await faultOf(remote.fetchPack({ want: [ID] }, 1000), 'server-error');

    expect(fault.message).toBe('the Git server says: out of memory');
  });

  test('progress in the second band is skipped, data in the first is joined', async () => {
    const bands = [
      packetLine('\x02counting\n'),
      packetLine('\x01PA'),
      packetLine('\x02...'),
      packetLine('\x01CK'),
    ];
    const remote = await served(result(`${packetLine('packfile\n')}${bands.join('')}0000`));

    expect(Buffer.from(await remote.fetchPack({ want: [ID] }, 1000)).toString()).toBe('PACK');
  });

  test.each([
    ['cut in a packet', `${packetLine('packfile\n')}0100\x01PACK`],
    ['without its end', `${packetLine('packfile\n')}${packetLine('\x01PACK')}`],
    ['without a pack', `${packetLine('acknowledgments\n')}0000`],
    ['that is not packets', 'hello, world'],
  ])('an answer %s is malformed', async (_what, body) => {
    const remote = await served(result(body));

    await faultOf(remote.fetchPack({ want: [ID] }, 1000), 'malformed');
  });

  test.each([`${ID.slice(1)} refs/heads/main`, 'nonsense'])(
    'the line %j in a list of references is malformed',
    async (line) => {
      const remote = await served((request, response) => {
        const kind = request.method === 'POST' ? 'result' : 'advertisement';
        response.setHeader('content-type', `application/x-git-upload-pack-${kind}`);
        response.end(`${packetLine(`${line}\n`)}0000`);
      });

      await faultOf(remote.lsRefs(['']), 'malformed');
    },
  );
});

async function served(listener: RequestListener, auth: GitAuth = {}): Promise<GitRemote> {
  const url = await serve(listener);
  const git = createGit({ http: createHttp({ loopback: true, privateRanges: false }) });
  return git.open({ url: `${url}/app.git`, auth }, AbortSignal.timeout(5000));
}

function result(body: string): RequestListener {
  return (_request, response) => {
    response
      .setHeader('content-type', 'application/x-git-upload-pack-result')
      .end(Buffer.from(body, 'latin1'));
  };
}
