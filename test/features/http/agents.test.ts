import { createServer, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createAgents } from '../../../shared/adapters/http/agents.ts';
import type { Via } from '../../../shared/adapters/http/proxy.ts';

test('a request under way ends in peace, whoever else comes with identities of their own', async () => {
  const waiting = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => waiting.resolve(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const open = async () => connect(port, '127.0.0.1');
  const agents = createAgents(({ proxy: { url } }: Via) => ({
    ...{ url: new URL(url), authorization: undefined, connect: open, tunnel: open },
  }));
  const as = (username: string) =>
    agents.pick('http:', { via: { proxy: { url: 'http://proxy', username }, own: false } });

  const first = as('first');
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ host: 'a', agent: first }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject).end();
  });
  const response = await waiting.promise;
  const used = as('used');
  for (let index = 0; index < 63; index++) {
    as(`other ${index}`);
    expect(as('used')).toBe(used);
  }
  expect(as('first')).not.toBe(first);
  response.end('hello');

  expect(await answered).toBe(200);
  await expect.poll(() => Object.values(first.sockets).flat().length, { timeout: 15_000 }).toBe(0);
  expect(Object.values(first.freeSockets).flat()).toEqual([]);
});
