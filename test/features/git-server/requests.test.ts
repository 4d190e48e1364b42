import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { MAX_REQUEST_BYTES } from '../../../infra/local/git/body.ts';
import { commit, createRepository, createWorkTree } from '../../../infra/local/git/write.ts';
import { noise } from '../../contracts/blobs.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { AT, ask, command, packet, post, served } from './served.ts';

const ADVERTISEMENT = '/info/refs?service=git-upload-pack';
const V2 = { 'git-protocol': 'version=2' };

test('what lies outside of the root is not there, whatever the path says', async () => {
  const { root, server } = await served();
  const outside = await scratchDirectory();
  await commit(await createRepository(outside, 'secret'), { a: '1' }, 'first', 'main', AT);
  await createRepository(root, 'here');
  await symlink(join(outside, 'secret.git'), join(root, 'link.git'));
  await mkdir(join(root, 'tree'));
  await symlink(join(outside, 'secret.git'), join(root, 'tree', '.git'));
  const name = outside.slice(outside.lastIndexOf('/') + 1);

  const paths = [
    `/../${name}/secret.git`,
    `/here.git/../../${name}/secret.git`,
    `/%2e%2e/${name}/secret.git`,
    `/..%2f${name}%2fsecret.git`,
    `/..%5c${name}%5csecret.git`,
    `//..//${name}/secret.git`,
    `${outside}/secret.git`,
    `/%2f${outside.slice(1)}/secret.git`,
    '/link.git',
    '/tree',
    '/tree.git',
    '/tree/.git',
    '/here.git%00',
    '/%zz.git',
    '/here.git/.',
    '',
    '/',
  ];
  const statuses = await Promise.all(
    paths.map(async (path) => [path, (await ask(server.url, 'GET', path + ADVERTISEMENT)).status]),
  );

  expect(statuses).toEqual(paths.map((path) => [path, 404]));
  expect((await ask(server.url, 'GET', `/here.git${ADVERTISEMENT}`)).status).toBe(200);
});

test('finds bare repositories and work trees, in folders, with and without .git', async () => {
  const { root, server } = await served();
  await createRepository(join(root, 'group'), 'bare');
  await createWorkTree(join(root, 'folder'));

  const paths = ['/group/bare.git', '/group/bare', '/folder.git', '/folder', '/group'];
  const statuses = await Promise.all(
    paths.map(async (path) => (await ask(server.url, 'GET', path + ADVERTISEMENT)).status),
  );

  expect(statuses).toEqual([200, 200, 200, 200, 404]);
});

test('pushing is refused in words, the dumb protocol and other methods as well', async () => {
  const { root, server, log } = await served();
  await createRepository(root, 'app');

  const push = await ask(server.url, 'GET', '/app.git/info/refs?service=git-receive-pack');
  const pack = await ask(server.url, 'POST', '/app.git/git-receive-pack', {}, Buffer.from('0000'));
  const dumb = await ask(server.url, 'GET', '/app.git/info/refs');
  const put = await ask(server.url, 'PUT', `/app.git${ADVERTISEMENT}`);
  const get = await ask(server.url, 'GET', '/app.git/git-upload-pack');
  const file = await ask(server.url, 'GET', '/app.git/HEAD');
  const other = await post(server.url, '/app.git', '0000', { 'content-type': 'text/plain' });

  expect([push, pack, dumb, put, get, file, other].map(({ status }) => status)).toEqual([
    403, 403, 403, 405, 405, 404, 415,
  ]);
  expect(push.body.toString()).toBe('this server is read-only: pushing is not supported\n');
  expect(log[0]).toEqual({ method: 'GET', path: '/app.git/info/refs?service=git-receive-pack', status: 403 });
});

test('a gzip bomb and a body without end are refused, and what comes next is answered', async () => {
  const { root, server } = await served();
  await createRepository(root, 'app');
  const bomb = gzipSync(Buffer.alloc(MAX_REQUEST_BYTES * 8));

  const zipped = await post(server.url, '/app.git', bomb, { 'content-encoding': 'gzip' });
  const long = await post(server.url, '/app.git', Buffer.alloc(MAX_REQUEST_BYTES + 1)).catch(() => undefined);
  const broken = await post(server.url, '/app.git', 'not gzip', { 'content-encoding': 'gzip' });
  const other = await post(server.url, '/app.git', '0000', { 'content-encoding': 'br' });

  expect(bomb.length).toBeLessThan(MAX_REQUEST_BYTES / 10);
  expect([zipped.status, long?.status ?? 413, broken.status, other.status]).toEqual([413, 413, 400, 415]);
  const zippedCommand = gzipSync(command('ls-refs'));
  const good = await post(server.url, '/app.git', zippedCommand, { 'content-encoding': 'gzip' });
  expect([good.status, good.body.toString()]).toEqual([200, '0000']);
});

test('broken packet lines are refused as HTTP, what cannot be done in the words of the protocol', async () => {
  const { root, server } = await served();
  await commit(await createRepository(root, 'app'), { a: '1' }, 'first', 'main', AT);
  const answered = async (body: string) => {
    const { status, body: said } = await post(server.url, '/app.git', body);
    return `${status} ${said.toString().trim()}`;
  };

  expect(await answered('nonsense')).toMatch(/^400 /);
  expect(await answered('00ffcut')).toMatch(/^400 /);
  expect(await answered('0003')).toMatch(/^400 /);
  expect(await answered(packet('command=ls-refs\n'))).toMatch(/^400 /);
  expect(await answered('0000')).toBe('200 ');
  expect(await answered('')).toBe('200 ');
  expect(await answered(command('object-info'))).toMatch(/^200 ....ERR unknown command 'object-info'$/);
  expect(await answered(command('fetch', 'want short', 'done'))).toMatch(/ERR upload-pack: protocol error/);
  expect(await answered(command('fetch', `want ${'1'.repeat(40)}`, 'done'))).toMatch(
    /ERR .*not our ref 1{40}/,
  );
  expect(await answered(command('fetch', 'packfile-uris https'))).toMatch(/ERR unexpected line/);
  expect(await answered(command('fetch', 'deepen 0'))).toMatch(/ERR invalid deepen 0/);
});

test('another object format or reference storage is refused in words', async () => {
  const { root, server } = await served();
  const sha256 = `${packet('command=ls-refs\n')}${packet('object-format=sha256\n')}00010000`;
  await createRepository(root, 'app');
  const directory = await createRepository(root, 'table');
  await writeFile(
    join(directory, 'config'),
    '[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n',
  );

  const mixed = await post(server.url, '/app.git', sha256);
  const table = await post(server.url, '/table.git', command('ls-refs'));
  const old = await ask(server.url, 'GET', `/table.git${ADVERTISEMENT}`);

  expect(mixed.body.toString()).toMatch(/ERR mismatched object format: server sha1; client sha256/);
  for (const { body } of [table, old])
    expect(body.toString()).toMatch(/ERR repositories with reference storage 'reftable' are not supported/);
  await expect(createRepository(root, 'other', 'sha256')).rejects.toMatchObject({ code: 'unsupported' });
});

test('tells clients of version 2 what it can do, filters only where they are allowed', async () => {
  const { root, server } = await served();
  const directory = await createRepository(root, 'app');

  const able = await ask(server.url, 'GET', `/app.git${ADVERTISEMENT}`, V2);
  await writeFile(join(directory, 'config'), '[core]\n\tbare = true\n');
  const unable = await ask(server.url, 'GET', `/app.git${ADVERTISEMENT}`, V2);

  expect(able.headers['content-type']).toBe('application/x-git-upload-pack-advertisement');
  expect(able.body.toString()).toBe(
    `${packet('version 2\n')}${packet('agent=sluice\n')}${packet('ls-refs=unborn\n')}` +
      `${packet('fetch=shallow filter\n')}${packet('object-format=sha1\n')}0000`,
  );
  expect(unable.body.toString()).toContain('fetch=shallow\n');
});

test('lists the branch that HEAD names, also before it exists', async () => {
  const { root, server } = await served();
  const directory = await createRepository(root, 'app');
  const listed = async () =>
    (
      await post(server.url, '/app.git', command('ls-refs', 'symrefs', 'unborn', 'ref-prefix HEAD'))
    ).body.toString();

  expect(await listed()).toBe(`${packet('unborn HEAD symref-target:refs/heads/main\n')}0000`);
  const id = await commit(directory, { a: '1' }, 'first', 'main', AT);
  expect(await listed()).toBe(`${packet(`${id} HEAD symref-target:refs/heads/main\n`)}0000`);
});

test('listens on the loopback only', async () => {
  const { server } = await served();

  expect(new URL(server.url).hostname).toBe('127.0.0.1');
});

test('clients that go away in the middle, or talk nonsense, leave the server as it was', async () => {
  const { root, server } = await served();
  const directory = await createRepository(root, 'app');
  const id = await commit(directory, { a: noise(8_000_000) }, 'first', 'main', AT);
  const body = command('fetch', `want ${id}`, 'done');
  const { hostname, port } = new URL(server.url);
  for (const start of [
    'nonsense\r\n\r\n',
    `POST /app.git/git-upload-pack HTTP/1.1\r\nContent-Length: 99\r\n\r\n0`,
  ]) {
    const socket = connect(Number(port), hostname, () => socket.end(start, () => socket.destroy()));
    await new Promise((resolve) => socket.on('close', resolve));
  }

  const cut = connect(Number(port), hostname, () => {
    cut.write(`POST /app.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nGit-Protocol: version=2\r\n`);
    cut.write('Content-Type: application/x-git-upload-pack-request\r\n');
    cut.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    cut.once('data', () => cut.destroy());
  });
  await new Promise((resolve) => cut.on('close', resolve));
  const answer = await post(server.url, '/app.git', body);

  expect(answer.status).toBe(200);
  expect(answer.body.subarray(0, 13).toString()).toBe(packet('packfile\n'));
});

test('an object that is missing ends the answer with an error', async () => {
  const { root, server } = await served();
  const directory = await createRepository(root, 'app');
  const id = await commit(directory, { a: '1' }, 'first', 'main', AT);
  await rm(join(directory, 'objects/56/a6051ca2b02b04ef92d5150c9ef600403cb1de'));

  const { status, body } = await post(server.url, '/app.git', command('fetch', `want ${id}`, 'done'));

  expect(status).toBe(200);
  expect(body.toString()).toContain('\u0003object 56a6051ca2b02b04ef92d5150c9ef600403cb1de is missing');
});
