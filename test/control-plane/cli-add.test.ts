import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { openDeployment } from '../../shared/adapters/local/deployment.ts';
import type { Session } from '../features/cli/recorded-world.ts';
import {
  ACCOUNT,
  BINDINGS,
  CLAIM,
  type CliCluster,
  forgetSluice,
  personOf,
  startCliCluster,
  TOKEN,
} from './cli-session.ts';
import { openStoredState } from './cli-state.ts';

interface Claim {
  readonly data: { readonly deployment: string; readonly cluster: string; readonly owns: string };
}

interface Versioned {
  readonly metadata: { readonly resourceVersion: string };
}

let cluster: CliCluster;

beforeAll(async () => {
  cluster = await startCliCluster();
  await personOf(cluster).sluice('install');
});

afterEach(() => forgetSluice(cluster));

afterAll(() => cluster.stop());

async function owner(): Promise<Claim['data'] | undefined> {
  return (await cluster.api.get<Claim>(CLAIM))?.data;
}

/** A person whose kubeconfig differs by one replacement. */
function personWith(pattern: RegExp, replacement: string): { session: Session; file: string } {
  const session = personOf(cluster);
  const file = join(session.cwd, 'kubeconfig');
  writeFileSync(file, cluster.controlPlane.kubeconfig.replace(pattern, replacement));
  return { session, file };
}

describe('sluice cluster add', () => {
  test('registers a cluster that then works, and shows no secret', async () => {
    const person = personOf(cluster);

    const { code, out, err } = await person.sluice('cluster', 'add', 'prod', '--label', 'region=eu');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`cluster prod added in .sluice (id ${cluster.id}, profile flux, owns all)`);
    const { clusters, secrets } = await openStoredState(person);
    const { record, cluster: opened } = await clusters.open(cluster.id);
    expect(record).toEqual({
      id: cluster.id,
      name: 'prod',
      server: cluster.controlPlane.server,
      ca: cluster.controlPlane.ca,
      labels: { region: 'eu' },
      settings: { owns: 'all', profile: 'flux', groups: 16 },
    });
    expect((await opened.facts()).uid).toBe(cluster.id);
    const { id } = await openDeployment(join(person.cwd, '.sluice'));
    expect(await owner()).toEqual({ deployment: id, cluster: cluster.id, owns: 'all' });
    const stored = JSON.parse((await secrets.get(`cluster-${cluster.id}`)) ?? '{}');
    const token: string = stored.users[0].user.token;
    expect(token.length).toBeGreaterThan(100);
    expect(token).not.toBe(cluster.controlPlane.token);
    expect(out).not.toContain(token);
  });

  test('[KS-63 custom-stage-config] keeps the kinds of the custom stage until they are taken away', async () => {
    const person = personOf(cluster);
    const kindsAfter = async (...flags: readonly string[]) => {
      await person.sluice('cluster', 'add', 'prod', ...flags);
      const { clusters } = await openStoredState(person);
      return (await clusters.get(cluster.id))?.settings.customStageKinds;
    };
    const flag = '--custom-apply-stage-kinds';

    expect(await kindsAfter(flag, 'rbac.authorization.k8s.io/Role')).toEqual([
      'rbac.authorization.k8s.io/Role',
    ]);
    expect(await kindsAfter()).toEqual(['rbac.authorization.k8s.io/Role']);
    expect(await kindsAfter(flag, '')).toBeUndefined();
  });

  test('changes nothing the second time', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    const versions = () =>
      Promise.all(
        [ACCOUNT, TOKEN, CLAIM, `${BINDINGS}/sluice`].map(
          async (path) => (await cluster.api.get<Versioned>(path))?.metadata.resourceVersion,
        ),
      );
    const before = await versions();

    const { code, out } = await person.sluice('cluster', 'add', 'prod');

    expect(code).toBe(0);
    expect(out).toContain('cluster prod unchanged');
    expect(out).not.toContain('create');
    expect(before).not.toContain(undefined);
    expect(await versions()).toEqual(before);
  });

  test('changes settings and keeps the others', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod', '--profile', 'lockdown', '--label', 'a=b');

    const { out } = await person.sluice('cluster', 'add', 'prod', '--owns', 'shard=one', '--label', 'c=d');

    expect(out).toContain('cluster prod updated');
    const record = await (await openStoredState(person)).clusters.get(cluster.id);
    expect(record?.labels).toEqual({ a: 'b', c: 'd' });
    expect(record?.settings).toEqual({ owns: { shard: 'one' }, profile: 'lockdown', groups: 16 });
    expect(await owner()).toMatchObject({ owns: 'shard=one' });
  });

  test('refuses a second name, and a name that another cluster has', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    const record = await (await openStoredState(person)).clusters.get(cluster.id);
    const other = { id: 'other-uid', name: 'taken', server: 'https://taken:6443' };
    const elsewhere = personOf(cluster);
    await saveCluster(
      await openStoredState(elsewhere),
      { ...record, ...other } as NonNullable<typeof record>,
      {
        server: other.server,
        ca: cluster.controlPlane.ca,
        credentials: { token: 't' },
      },
    );

    const second = await person.sluice('cluster', 'add', 'staging');
    const taken = await elsewhere.sluice('cluster', 'add', 'taken');

    expect(second.code).toBe(1);
    expect(second.err).toContain(`registered already, as "prod" (${cluster.id})`);
    expect(taken.code).toBe(1);
    expect(taken.err).toContain(
      'the name "taken" belongs to another cluster (https://taken:6443, other-uid)',
    );
  });

  test("respects another deployment's claim until it is told to take it", async () => {
    const theirs = personOf(cluster);
    const ours = personOf(cluster);
    await theirs.sluice('cluster', 'add', 'prod');
    const before = await owner();

    const refused = await ours.sluice('cluster', 'add', 'prod');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(before?.deployment);
    expect(refused.err).toContain('"sluice cluster add prod --take"');
    expect(await owner()).toEqual(before);
    expect((await ours.sluice('cluster', 'list')).out).not.toContain('prod');

    const taken = await ours.sluice('cluster', 'add', 'prod', '--take');
    expect(taken.code).toBe(0);
    expect((await owner())?.deployment).not.toBe(before?.deployment);
    expect((await ours.sluice('cluster', 'list')).out).toMatch(/ready$/m);
    expect((await theirs.sluice('cluster', 'list')).out).toMatch(/owned by another deployment \(\S+\)$/m);
  });

  test('changes nothing when the person says no', async () => {
    const person = personOf(cluster, ['no']);

    const { code, out, err } = await person.sluice('cluster', 'add', 'prod');

    expect(code).toBe(1);
    expect(out).toContain('serviceaccount/flux-system/sluice    create');
    expect(err).toBe('✗ aborted; nothing was changed');
    expect(await owner()).toBeUndefined();
    expect(await cluster.api.get(ACCOUNT)).toBeUndefined();
  });

  test('asks a person for the profile', async () => {
    const person = personOf(cluster, ['y', 'lockdown']);

    const { code, out } = await person.sluice('cluster', 'add', 'prod');

    expect(code).toBe(0);
    expect(out).toContain('✔ cluster prod added in .sluice');
    expect(out).toContain('profile lockdown');
  });
});

describe('with --as-is', () => {
  test('the credentials of the kubeconfig are kept and no ServiceAccount is made', async () => {
    const person = personOf(cluster);

    const { code } = await person.sluice('cluster', 'add', 'prod', '--as-is');

    expect(code).toBe(0);
    expect(await cluster.api.get(ACCOUNT)).toBeUndefined();
    const stored = await (await openStoredState(person)).secrets.get(`cluster-${cluster.id}`);
    expect(stored).toContain(cluster.controlPlane.token);
    expect((await person.sluice('cluster', 'list')).out).toMatch(/ready$/m);
  });

  test.each([
    ['a program', /token: \S+/, 'exec: {apiVersion: v1, command: sh}', 'exec runs a program'],
    ['a file', /token: \S+/, 'tokenFile: /tmp/t', 'tokenFile names a file'],
    [
      'no verification',
      /certificate-authority-data: \S+/,
      'insecure-skip-tls-verify: true',
      'turns verification off',
    ],
    ['garbage', /[\s\S]+/, 'garbage', 'is not a YAML mapping'],
  ])('a kubeconfig with %s is refused', async (_, pattern, replacement, why) => {
    const { session, file } = personWith(pattern, replacement);

    const { code, err } = await session.sluice('cluster', 'add', 'prod', '--as-is', '--kubeconfig', file);

    expect(code).toBe(1);
    expect(err).toContain(why);
    expect(await owner()).toBeUndefined();
  });
});
