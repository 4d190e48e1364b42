import { expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { bucket, bucketAt, useS3 } from './bucket.ts';
import { chartAt, helmChart } from './charts.ts';
import { create, edit, gitRepository, type Reconciled, reconcile } from './drive.ts';
import { helmAt, helmRepository, serveFiles } from './helm.ts';
import { ociAt, ociRepository, push, useServer } from './oci.ts';
import { newEvents, publish, sourceAt, useWorld } from './setting.ts';

const setting = useWorld('awaited-traces');
const { namespace } = setting;
const s3 = useS3(setting);
const registry = useServer(() => startRegistry());

const upToDate = (object: Reconciled): string =>
  `Normal ArtifactUpToDate: artifact up-to-date with remote revision: '${object.status.artifact?.revision}'`;
const skipped = (object: Reconciled): string =>
  `Normal GitOperationSucceeded: no changes since last reconciliation: observed revision '${object.status.artifact?.revision}'`;

interface Kind {
  readonly at: ObjectReference;
  readonly made: () => Promise<KubernetesObject>;
  readonly trace: (object: Reconciled) => string;
}

const KINDS: Readonly<Record<string, () => Kind>> = {
  GitRepository: () => ({
    at: sourceAt(setting, 'git'),
    made: async () => {
      await publish(setting, 'git', { 'a.yaml': 'a: 1\n' });
      return gitRepository(setting.world, namespace, 'git');
    },
    trace: skipped,
  }),
  Bucket: () => ({
    at: bucketAt(setting, 'awaited-bucket'),
    made: async () => {
      await s3.fill('awaited-bucket', { 'a.yaml': 'a: 1\n' });
      return bucket(s3, setting, 'awaited-bucket');
    },
    trace: upToDate,
  }),
  OCIRepository: () => ({
    at: ociAt(setting, 'oci'),
    made: async () => {
      await push(registry, 'org/oci', 'latest', { 'a.yaml': 'a: 1\n' });
      return ociRepository(registry, setting, 'oci');
    },
    trace: upToDate,
  }),
  HelmRepository: () => ({
    at: helmAt(setting, 'index'),
    made: async () => {
      const index = indexYaml({ app: [versionYaml('app', '1.0.0')] });
      const { url } = await serveFiles({ '/index.yaml': index });
      return helmRepository(setting, 'index', url);
    },
    trace: upToDate,
  }),
  HelmChart: () => ({
    at: chartAt(setting, 'chart'),
    made: async () => {
      await publish(setting, 'chart', {
        'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
        'app/values.yaml': '{}\n',
      });
      await create(setting.world, gitRepository(setting.world, namespace, 'chart'));
      await reconcile(setting.world, sourceAt(setting, 'chart'));
      const source = { kind: 'GitRepository', name: 'chart' };
      return helmChart(setting, 'chart', { chart: 'app' }, source);
    },
    trace: upToDate,
  }),
};

test.each(Object.entries(KINDS))(
  '[GR-25 skip-trace] a %s of which nothing is new tells whoever asked, and nobody at an interval',
  async (_kind, kindOf) => {
    const { at, made, trace } = kindOf();
    await create(setting.world, await made());
    const stored = await reconcile(setting.world, at);
    expect(stored.status.artifact).toBeDefined();
    await newEvents(setting, at);

    await reconcile(setting.world, at);
    expect(await newEvents(setting, at)).toEqual([]);

    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
    await edit(setting.world, at, { metadata: { annotations } });
    const asked = await reconcile(setting.world, at);
    expect(asked.status.artifact).toEqual(stored.status.artifact);
    expect(await newEvents(setting, at)).toEqual([trace(stored)]);

    const again = await reconcile(setting.world, at);
    expect(await newEvents(setting, at)).toEqual([]);
    expect(again.metadata.resourceVersion).toBe(asked.metadata.resourceVersion);
  },
);
