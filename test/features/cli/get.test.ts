import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type EmbeddedCluster, openCluster } from '../../../infra/local/cluster/open.ts';
import { openSession, type Session } from './recorded-world.ts';

async function register({ cwd, sluice }: Session, name: string): Promise<EmbeddedCluster> {
  const cluster = await openCluster({ name });
  onTestFinished(cluster.close);
  const kubeconfig = join(cwd, name);
  writeFileSync(kubeconfig, cluster.kubeconfig);
  const { code, err } = await sluice('cluster', 'add', name, '--kubeconfig', kubeconfig, '--yes');
  expect({ code, err }).toMatchObject({ code: 0 });
  return cluster;
}

test('a list that lacks a cluster is an error, and shows what there is', async () => {
  const session = openSession();
  const here = await register(session, 'here');
  const gone = await register(session, 'gone');
  here.api.create(
    {
      user: { name: 'a', groups: ['system:masters'] },
      type: here.catalog.resource('source.toolkit.fluxcd.io', 'v1', 'gitrepositories') as never,
      ...{ namespace: 'default', name: '' },
    },
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'app', namespace: 'default' },
      spec: { url: 'https://example.com/app', interval: '1m' },
    },
    { dryRun: false, fieldManager: 'test', fieldValidation: 'Strict' },
  );
  expect(await session.sluice('get')).toMatchObject({ code: 0, err: '' });
  await gone.close();

  const { code, out, err } = await session.sluice('get');
  const json = await session.sluice('get', '-o', 'json');
  const nothing = await session.sluice('get', '--cluster', 'gone');

  expect([code, json.code, nothing.code]).toEqual([1, 1, 1]);
  expect(out).toContain('gitrepository/app');
  expect(JSON.parse(json.out)).toMatchObject([{ cluster: 'here', name: 'app' }]);
  expect(err).toMatch(/gone: .*\n.*1 of 2 registered clusters did not answer/);
  expect(nothing.err).not.toContain('There are no Flux objects');
});
