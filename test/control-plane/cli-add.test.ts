import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { openDeployment } from '../../shared/adapters/local/deployment.ts';
import { ACCOUNT, BINDINGS, CLAIM, personOf, TOKEN, useCliCluster } from './cli-session.ts';
import { openStoredState } from './cli-state.ts';

interface Versioned {
  readonly metadata: { readonly resourceVersion: string };
}

const setting = useCliCluster();
const { owner, personWith } = setting;

describe('sluice cluster add', () => {
  test('registers a cluster that then works, and shows no secret', async () => {
    const person = personOf(setting.cluster);

    const { code, out, err } = await person.sluice('cluster', 'add', 'prod', '--label', 'region=eu');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`cluster prod added in .sluice (id ${setting.cluster.id}, profile flux, owns all)`);
    const { clusters, secrets } = await openStoredState(person);
    const { record, cluster: opened } = await clusters.open(setting.cluster.id);
    expect(record).toEqual({
      id: setting.cluster.id,
      name: 'prod',
      server: setting.cluster.controlPlane.server,
      ca: setting.cluster.controlPlane.ca,
      labels: { region: 'eu' },
      settings: { owns: 'all', profile: 'flux', groups: 16 },
    });
    expect((await opened.facts()).uid).toBe(setting.cluster.id);
    const { id } = await openDeployment(join(person.cwd, '.sluice'));
    expect(await owner()).toEqual({ deployment: id, cluster: setting.cluster.id, owns: 'all' });
    const stored = JSON.parse((await secrets.get(`cluster-${setting.cluster.id}`)) ?? '{}');
    const token: string = stored.users[0].user.token;
    expect(token.length).toBeGreaterThan(100);
    expect(token).not.toBe(setting.cluster.controlPlane.token);
    expect(out).not.toContain(token);
  });

  test('[KS-63 custom-stage-config] keeps the kinds of the custom stage until they are taken away', async () => {
    const person = personOf(setting.cluster);
    const kindsAfter = async (...flags: readonly string[]) => {
      await person.sluice('cluster', 'add', 'prod', ...flags);
      const { clusters } = await openStoredState(person);
      return (await clusters.get(setting.cluster.id))?.settings.customStageKinds;
    };
    const flag = '--custom-apply-stage-kinds';

    expect(await kindsAfter(flag, 'rbac.authorization.k8s.io/Role')).toEqual([
      'rbac.authorization.k8s.io/Role',
    ]);
    expect(await kindsAfter()).toEqual(['rbac.authorization.k8s.io/Role']);
    expect(await kindsAfter(flag, '')).toBeUndefined();
  });

  test('[COM-23 controller-identity] registers a ServiceAccount for clouds, and says whom they have to trust', async () => {
    const person = personOf(setting.cluster);
    const flag = '--identity-service-account';
    const added = async (...flags: readonly string[]) => {
      const { out, err } = await person.sluice('cluster', 'add', 'prod', ...flags);
      const { clusters } = await openStoredState(person);
      return { out, err, kept: (await clusters.get(setting.cluster.id))?.settings.identityServiceAccount };
    };
    const subject = 'system:serviceaccount:flux-system:source-controller';

    const first = await added(flag, 'flux-system/source-controller');
    expect(first).toMatchObject({
      kept: 'flux-system/source-controller',
      out: expect.stringContaining(subject),
    });
    expect(first.err).toContain('ServiceAccount flux-system/source-controller is not there yet');
    expect(await added()).toMatchObject({ kept: 'flux-system/source-controller' });
    const narrow = await added('--namespaces', 'default', flag, 'kube-system/default');
    expect(narrow).toMatchObject({ kept: 'kube-system/default' });
    expect(narrow.err).toBe(
      'warning: Sluice has no rights in namespace kube-system, and gets no tokens there',
    );
    const gone = await added('--namespaces', '*', flag, '');
    expect([gone.kept, gone.err]).toEqual([undefined, '']);
    expect(gone.out).not.toContain('system:serviceaccount');
  });

  test('changes nothing the second time', async () => {
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod');
    const versions = () =>
      Promise.all(
        [ACCOUNT, TOKEN, CLAIM, `${BINDINGS}/sluice`].map(
          async (path) => (await setting.cluster.api.get<Versioned>(path))?.metadata.resourceVersion,
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
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod', '--profile', 'lockdown', '--label', 'a=b');

    const { out } = await person.sluice('cluster', 'add', 'prod', '--owns', 'shard=one', '--label', 'c=d');

    expect(out).toContain('cluster prod updated');
    const record = await (await openStoredState(person)).clusters.get(setting.cluster.id);
    expect(record?.labels).toEqual({ a: 'b', c: 'd' });
    expect(record?.settings).toEqual({ owns: { shard: 'one' }, profile: 'lockdown', groups: 16 });
    expect(await owner()).toMatchObject({ owns: 'shard=one' });
  });

  test('refuses a second name, and a name that another cluster has', async () => {
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod');
    const record = await (await openStoredState(person)).clusters.get(setting.cluster.id);
    const other = { id: 'other-uid', name: 'taken', server: 'https://taken:6443' };
    const elsewhere = personOf(setting.cluster);
    await saveCluster(
      await openStoredState(elsewhere),
      { ...record, ...other } as NonNullable<typeof record>,
      {
        server: other.server,
        ca: setting.cluster.controlPlane.ca,
        credentials: { token: 't' },
      },
    );

    const second = await person.sluice('cluster', 'add', 'staging');
    const taken = await elsewhere.sluice('cluster', 'add', 'taken');

    expect(second.code).toBe(1);
    expect(second.err).toContain(`registered already, as "prod" (${setting.cluster.id})`);
    expect(taken.code).toBe(1);
    expect(taken.err).toContain(
      'the name "taken" belongs to another cluster (https://taken:6443, other-uid)',
    );
  });

  test("respects another deployment's claim until it is told to take it", async () => {
    const theirs = personOf(setting.cluster);
    const ours = personOf(setting.cluster);
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
    const person = personOf(setting.cluster, ['no']);

    const { code, out, err } = await person.sluice('cluster', 'add', 'prod');

    expect(code).toBe(1);
    expect(out).toContain('serviceaccount/flux-system/sluice    create');
    expect(err).toBe('✗ aborted; nothing was changed');
    expect(await owner()).toBeUndefined();
    expect(await setting.cluster.api.get(ACCOUNT)).toBeUndefined();
  });

  test('asks a person for the profile', async () => {
    const person = personOf(setting.cluster, ['y', 'lockdown']);

    const { code, out } = await person.sluice('cluster', 'add', 'prod');

    expect(code).toBe(0);
    expect(out).toContain('✔ cluster prod added in .sluice');
    expect(out).toContain('profile lockdown');
  });
});

describe('with --as-is', () => {
  test('the credentials of the kubeconfig are kept and no ServiceAccount is made', async () => {
    const person = personOf(setting.cluster);

    const { code } = await person.sluice('cluster', 'add', 'prod', '--as-is');

    expect(code).toBe(0);
    expect(await setting.cluster.api.get(ACCOUNT)).toBeUndefined();
    const stored = await (await openStoredState(person)).secrets.get(`cluster-${setting.cluster.id}`);
    expect(stored).toContain(setting.cluster.controlPlane.token);
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
