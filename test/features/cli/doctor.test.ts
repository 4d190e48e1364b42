import { chmodSync, readdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { certificateFinding } from '../../../infra/cli/doctor/certificate.ts';
import { runChecks } from '../../../infra/cli/doctor/finding.ts';
import { queueFindings } from '../../../infra/cli/doctor/queues.ts';
import { deliveryFindings } from '../../../infra/cli/doctor/test-delivery.ts';
import { openDeployment } from '../../../shared/adapters/local/deployment.ts';
import { readQueueStates } from '../../../shared/adapters/local/sqlite-queue-states.ts';
import { openSqliteQueues } from '../../../shared/adapters/local/sqlite-queues.ts';
import { systemChance } from '../../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';
import { clusterRecord } from '../../builders.ts';
import { fifo } from '../../contracts/queues.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { openStoredState } from '../../control-plane/cli-state.ts';
import { makeCertificate } from '../../servers/certificate.ts';
import { openSession } from './recorded-world.ts';

const DAY_MS = 86_400_000;

describe('sluice doctor', () => {
  test('without a state says how to make one, and makes none', async () => {
    const session = openSession();

    const { code, err } = await session.sluice('doctor');

    expect(code).toBe(1);
    expect(err).toContain('there is no state in .sluice; "sluice dev" or "sluice cluster add NAME" makes it');
    expect(readdirSync(session.cwd)).toEqual([]);
  });

  test('of a new state has warnings with advice and no problem', async () => {
    const session = openSession();
    await openStoredState(session);

    const { code, out } = await session.sluice('doctor', '-o', 'json');

    expect(code).toBe(0);
    const findings = JSON.parse(out);
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'warning', where: '.sluice', todo: 'start "sluice dev"' }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ level: 'warning', where: 'clusters' }));
    expect(findings).toContainEqual({ level: 'ok', where: 'failed messages', what: 'none' });
  });

  test('finds a key that others may read', async () => {
    const session = openSession();
    await openStoredState(session);
    await session.sluice('doctor');
    chmodSync(join(session.cwd, '.sluice', 'deployment.json'), 0o644);

    const { code, out, err } = await session.sluice('doctor');

    expect(code).toBe(1);
    expect(err).toBe('error: 1 problem found');
    expect(out).toMatch(
      /^problem .sluice: others may read .*deployment.json\n {8}-> chmod -R go-rwx .sluice$/m,
    );
  });

  test('finds a store of another deployment, in which nothing else works either', async () => {
    const session = openSession();
    const { directory, store } = await openStoredState(session);
    await store.put('deployment.json', Buffer.from(JSON.stringify({ deployment: 'other' })));

    const { code, out } = await session.sluice('doctor');

    expect(code).toBe(1);
    expect(out).toMatch(
      /^problem \.sluice\/store: belongs to deployment other, .*\n {8}-> .* delete deployment\.json in it$/m,
    );
    const conflict = /the object store belongs to deployment other, and this is \S+: nothing is done/;
    expect((await session.sluice('cluster', 'list')).err).toMatch(conflict);
    const config = readLocalConfig({ SLUICE_STATE: directory }, session.cwd, false);
    await expect(openLocal(config, createCollectingLog())).rejects.toThrow(conflict);
  });

  test('finds a record that cannot be read', async () => {
    const session = openSession();
    const { store } = await openStoredState(session);
    await store.put('clusters/c1.json', Buffer.from('{'));

    const { code, out } = await session.sluice('doctor');

    expect(code).toBe(1);
    expect(out).toMatch(/^problem cluster c1: /m);
  });
});

test('a look that fails is a problem of its own, without secrets', async () => {
  const look = async () => {
    throw new Error('no luck with\npassword=hunter22');
  };

  expect(await runChecks([{ where: 'here', look }])).toEqual([
    { level: 'problem', where: 'here', what: 'no luck with password=*****', todo: expect.any(String) },
  ]);
});

describe('queues', () => {
  async function withMessages() {
    const clock = createManualClock();
    const path = join(await scratchDirectory(), 'queues.db');
    const queues = openSqliteQueues({ path, clock, chance: systemChance });
    onTestFinished(() => queues.close());
    await queues.send('apply', [fifo('1'), fifo('2', 'h')]);
    await queues.send('later', [{ body: 'x', delaySeconds: 600 }]);
    return { clock, queues, states: () => readQueueStates(path, clock.now()) };
  }

  test('are counted, with the age of the oldest that waits, and nothing is taken', async () => {
    const { clock, queues, states } = await withMessages();
    await clock.advance(30_000);
    await queues.receive('apply', 1, 60_000);

    const found = states().filter(({ ready, inFlight, delayed }) => ready + inFlight + delayed > 0);

    expect(found).toEqual([
      { queue: 'later', ready: 0, inFlight: 0, delayed: 1 },
      { queue: 'apply', ready: 1, inFlight: 1, delayed: 0, oldest: new Date('2026-01-01T00:00:00Z') },
    ]);
    expect(states()).toEqual(states());
  });

  test('are a problem when a message waits for two minutes', async () => {
    const { clock, states } = await withMessages();
    expect(queueFindings(states(), clock.now(), 'start "sluice dev"').map(({ level }) => level)).toEqual([
      'ok',
      'ok',
    ]);
    await clock.advance(120_000);

    expect(queueFindings(states(), clock.now(), 'start "sluice dev"')).toMatchObject([
      { level: 'ok', where: 'queue later' },
      {
        level: 'problem',
        where: 'queue apply',
        what: expect.stringContaining('oldest for 2m'),
        todo: 'start "sluice dev"',
      },
    ]);
  });
});

describe("a server's certificate", () => {
  const NOW = new Date();

  async function served(days: number) {
    const { certificate, key } = makeCertificate({ notAfter: new Date(NOW.getTime() + days * DAY_MS) });
    const server = createServer({ cert: certificate, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return { server: `https://127.0.0.1:${port}`, ca: certificate };
  }
  const find = (wanted: { server: string; ca?: string; tlsServerName?: string }) =>
    certificateFinding('cluster a', wanted, NOW);

  test.each([
    [90, 'ok', 'is trusted and ends on'],
    [5, 'warning', 'ends on'],
    [-1, 'problem', 'ended on'],
  ])('with %i days left is %s', async (days, level, said) => {
    expect(await find(await served(days + 0.5))).toMatchObject([
      { level, where: 'cluster a', what: expect.stringContaining(said) },
    ]);
  });

  test('of an unknown authority is a problem', async () => {
    const { server } = await served(90);
    const { certificate: ca } = makeCertificate();

    expect(await find({ server, ca })).toMatchObject([
      { level: 'problem', what: expect.stringContaining('is not trusted') },
    ]);
  });

  test('is the one of the name that is asked for, where a server has several', async () => {
    const notAfter = new Date(NOW.getTime() + 90 * DAY_MS);
    const pairOf = (name: string) => makeCertificate({ dnsNames: [name], addresses: [], notAfter });
    const pairs = new Map(['a.example', 'localhost', 'kubernetes'].map((name) => [name, pairOf(name)]));
    const contextOf = (name: string) => ({
      cert: pairs.get(name)?.certificate ?? '',
      key: pairs.get(name)?.key ?? '',
    });
    const asked: string[] = [];
    const server = createServer({
      ...contextOf('a.example'),
      SNICallback: (name, done) => {
        asked.push(name);
        done(null, createSecureContext(contextOf(name)));
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;

    const found = await Promise.all([
      find({ server: `https://localhost:${port}`, ca: contextOf('localhost').cert }),
      find({
        server: `https://127.0.0.1:${port}`,
        ca: contextOf('kubernetes').cert,
        tlsServerName: 'kubernetes',
      }),
    ]);

    expect(asked.sort()).toEqual(['kubernetes', 'localhost']);
    expect(found.flat().map(({ level }) => level)).toEqual(['ok', 'ok']);
  });

  test('of a server that does not answer is for others to tell', async () => {
    expect(await find({ server: 'https://127.0.0.1:1' })).toEqual([]);
  });
});

test('a server that takes deliveries with any signature is a problem, and nothing is left in the index', async () => {
  const session = openSession();
  const { directory, store } = await openStoredState(session);
  const deployment = await openDeployment(directory);
  const paths: string[] = [];
  const server = createHttpServer((request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  const findings = await deliveryFindings({
    records: [clusterRecord()],
    patience: 1000,
    advice: { unanswered: 'look', unhandled: 'look' },
    world: { clock: createManualClock() },
    state: { store, deployment },
    webhookUrl: `http://127.0.0.1:${port}`,
  });

  expect(findings).toMatchObject([
    { level: 'problem', what: expect.stringContaining('takes a delivery with a wrong signature') },
  ]);
  expect(new Set(paths).size).toBe(1);
  for await (const { key } of store.list('hooks/')) expect(key).toBe('nothing');
});
