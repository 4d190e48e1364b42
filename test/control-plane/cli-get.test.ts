import { beforeAll, describe, expect, test } from 'vitest';
import { personOf, useCliCluster } from './cli-session.ts';

const setting = useCliCluster();
const SOURCES = '/apis/source.toolkit.fluxcd.io/v1/namespaces/default/gitrepositories';
const REVISION = 'main@sha1:4946e54afce0dbddabc424f49bc24ba1dfc0634f';

describe('sluice get', () => {
  beforeAll(async () => {
    const { api } = setting.cluster;
    const spec = { url: 'https://example.com/a.git', interval: '1m' };
    for (const name of ['works', 'fails'])
      await api.create(SOURCES, {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name },
        spec: { ...spec, suspend: name === 'fails' },
      });
    const status = (ready: string, message: string) => ({
      conditions: [
        { type: 'Ready', status: ready, reason: 'R', message, lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    });
    const artifact = {
      ...{ url: 'http://a.invalid/a', path: 'a', revision: REVISION },
      ...{ digest: `sha256:${'0'.repeat(64)}`, lastUpdateTime: '2026-01-01T00:00:00Z' },
    };
    const type = 'application/merge-patch+json';
    const works = { status: { ...status('True', 'stored'), artifact } };
    await api.send('PATCH', `${SOURCES}/works/status`, works, type);
    const fails = { status: status('False', 'no such host\nhttps://user:secret@example.com') };
    await api.send('PATCH', `${SOURCES}/fails/status`, fails, type);
  });

  test('shows every Flux object of every registered cluster, on a line each', async () => {
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod', '--take', '--yes');

    const { code, out, err } = await person.sluice('get');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head, fails, works, ...more] = out.split('\n').map((line) => line.split(/ {3,}/));
    expect(more).toEqual([]);
    expect(head).toEqual(['CLUSTER', 'NAMESPACE', 'NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE']);
    expect(works).toEqual([
      ...['prod', 'default', 'gitrepository/works', 'main@sha1:4946e54a', 'False', 'True', 'stored'],
    ]);
    expect(fails?.slice(0, 6)).toEqual(['prod', 'default', 'gitrepository/fails', '-', 'True', 'False']);
    expect(out).not.toContain('secret');
  });

  test('selects by what is asked for, and prints JSON', async () => {
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod', '--take', '--yes');

    const json = async (...flags: string[]) =>
      JSON.parse((await person.sluice('get', '-o', 'json', ...flags)).out) as { name: string }[];

    expect((await json()).map(({ name }) => name)).toEqual(['fails', 'works']);
    expect((await json('--not-ready')).map(({ name }) => name)).toEqual(['fails']);
    expect(await json('-n', 'elsewhere')).toEqual([]);
    expect((await json('--cluster', 'prod'))[1]).toMatchObject({ cluster: 'prod', revision: REVISION });
  });

  test('says what is wrong, and goes on', async () => {
    const person = personOf(setting.cluster);

    expect(await person.sluice('get')).toMatchObject({
      ...{ code: 0, out: '', err: 'There are no Flux objects in 0 registered clusters.' },
    });
    await person.sluice('cluster', 'add', 'prod', '--take', '--yes');
    expect(await person.sluice('get', '--cluster', 'none')).toMatchObject({
      ...{ code: 2, err: expect.stringContaining('no cluster "none" is registered') },
    });
  });
});
