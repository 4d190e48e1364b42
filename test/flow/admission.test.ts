import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { until } from '../control-plane/api.ts';
import { edit, read } from './drive.ts';
import { applierAt, configMap, newEvents, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('admission');
const { namespace } = setting;
const GROUP = 'admissionregistration.k8s.io';
const POLICY = 'admission-test';
const AS_PERSON = { fieldManager: 'person' };
const policyAt = (kind: string): ObjectReference => ({ apiVersion: `${GROUP}/v1`, kind, name: POLICY });

/** Refuses what a label or a name asks it to refuse, in the words of its data. */
const policy: KubernetesObject = {
  apiVersion: `${GROUP}/v1`,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: POLICY },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: ['configmaps', 'secrets'],
        },
      ],
    },
    variables: [{ name: 'it', expression: "request.operation == 'DELETE' ? oldObject : object" }],
    validations: [
      {
        expression: `!(request.operation != 'DELETE' && has(variables.it.metadata.labels) && 'refuse' in variables.it.metadata.labels)`,
        messageExpression: `'refused ' + variables.it.kind + ' with ' + (has(variables.it.data) ? variables.it.data.map(k, variables.it.data[k]).join(' ') : 'nothing')`,
      },
      {
        expression: `!(request.operation == 'DELETE' && has(variables.it.metadata.labels) && 'keep' in variables.it.metadata.labels)`,
        messageExpression: `'this one is kept' + (variables.it.kind == 'Secret' ? ' for ' + variables.it.data.map(k, variables.it.data[k]).join(' ') : '')`,
      },
    ],
  },
};

beforeAll(async () => {
  const { cluster } = setting.world;
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const binding = {
    ...policy,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: POLICY, validationActions: ['Deny'], matchResources: { namespaceSelector } },
  };
  await cluster.create(policy, AS_PERSON);
  await cluster.create(binding, AS_PERSON);
  const probe = JSON.parse(configMap(namespace, 'probe', {})) as KubernetesObject;
  const refused = { ...probe, metadata: { ...probe.metadata, labels: { refuse: 'yes' } } };
  await until('the policy is enforced', async () => {
    const made = await cluster.create(refused, { ...AS_PERSON, dryRun: true }).catch(() => undefined);
    return made === undefined || undefined;
  });
});
afterAll(async () => {
  const { cluster } = setting.world;
  await cluster.delete(policyAt('ValidatingAdmissionPolicyBinding'));
  await cluster.delete(policyAt('ValidatingAdmissionPolicy'));
});

const starts = startsIn(setting);
const mapAt = (name: string): ObjectReference => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

function labelled(manifest: string, label: string): string {
  const object = JSON.parse(manifest) as KubernetesObject;
  return JSON.stringify({ ...object, metadata: { ...object.metadata, labels: { [label]: 'yes' } } });
}

describe('what admission refuses', () => {
  test('[KS-65 dry-run-wording] is told for the object, in its words; nothing of the stage is written, and allowed it is applied', async () => {
    const refused = labelled(configMap(namespace, 'unwanted', { a: 'b' }), 'refuse');
    const files = { 'a.yaml': refused, 'b.yaml': configMap(namespace, 'wanted', {}) };
    const failed = await starts('refused', files);

    expect(told(failed)).toMatch(
      new RegExp(
        `^False ReconciliationFailed: ConfigMap/${namespace}/unwanted dry-run failed \\(Invalid\\): `,
      ),
    );
    expect(told(failed)).toContain('refused ConfigMap with b');
    expect(await setting.world.cluster.get(mapAt('wanted'))).toBeUndefined();

    await publish(setting, 'refused', { 'a.yaml': configMap(namespace, 'unwanted', { a: 'b' }) });
    expect(told(await sync(setting, 'refused'))).toContain('True ReconciliationSucceeded');
  });

  test('[KS-74 admission] [KS-74 string-data] of a Secret shows nothing of what it holds, of data and of stringData', async () => {
    const secret = (name: string, fields: object) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace, labels: { refuse: 'yes' } },
        ...fields,
      });
    const encoded = Buffer.from('hunter2hunter2').toString('base64');
    for (const [name, fields] of [
      ['in-data', { data: { password: encoded } }],
      ['in-string-data', { stringData: { password: 'hunter2hunter2' } }],
    ] as const) {
      const failed = await starts(name, { 'a.yaml': secret(name, fields) });

      expect(told(failed)).toContain('refused Secret with ***');
      const events = await newEvents(setting, applierAt(setting, name));
      const everything = JSON.stringify([failed.status, events, setting.log.entries]);
      expect(everything).not.toContain('hunter2hunter2');
      expect(everything).not.toContain(encoded);
    }
  });

  test('[KS-74 admission] of a Secret that is to be deleted, neither', async () => {
    const data = { password: Buffer.from('correct-horse').toString('base64') };
    const metadata = { name: 'staying', namespace, labels: { keep: 'yes' } };
    const files = {
      'a.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, data }),
      'b.yaml': configMap(namespace, 'beside', {}),
    };
    await starts('keeps', files);
    await publish(setting, 'keeps', { 'a.yaml': null });

    const failed = await sync(setting, 'keeps');

    expect(told(failed)).toMatch(/^False PruneFailed: .*this one is kept for \*\*\*/);
    const events = await newEvents(setting, applierAt(setting, 'keeps'));
    expect(JSON.stringify([failed.status, events, setting.log.entries])).not.toContain(data.password);
    await edit(
      setting.world,
      { apiVersion: 'v1', kind: 'Secret', namespace, name: 'staying' },
      { metadata: { labels: { keep: null } } },
    );
    expect(told(await sync(setting, 'keeps'))).toContain('True ReconciliationSucceeded');
  });

  test('[KS-74 no-diff] a Secret that changed is told by its name', async () => {
    const secret = (password: string) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'changing', namespace },
        stringData: { password },
      });
    await starts('changing', { 'a.yaml': secret('first-password') });
    await publish(setting, 'changing', { 'a.yaml': secret('second-password') });
    const changed = await sync(setting, 'changing');

    const events = await newEvents(setting, applierAt(setting, 'changing'));
    expect(events).toContain(`Normal Progressing: Secret/${namespace}/changing configured`);
    const everything = JSON.stringify([changed.status, events, setting.log.entries]);
    for (const password of ['first-password', 'second-password']) {
      expect(everything).not.toContain(password);
      expect(everything).not.toContain(Buffer.from(password).toString('base64'));
    }
  });
});

test('[KS-83 prune-failed] [KS-83 survivors-tracked] [KS-07 prune-failed] what may not be deleted stays tracked, the rest goes, and it is deleted once it may be', async () => {
  const files = {
    'a.yaml': labelled(configMap(namespace, 'kept', {}), 'keep'),
    'b.yaml': configMap(namespace, 'goes', {}),
    'c.yaml': configMap(namespace, 'stays', {}),
  };
  await starts('prunes', files);
  await publish(setting, 'prunes', { 'a.yaml': null, 'b.yaml': null });

  const failed = await sync(setting, 'prunes');

  expect(told(failed)).toMatch(
    new RegExp(
      `^False PruneFailed: delete failed, errors: ConfigMap/${namespace}/kept delete failed: .*this one is kept`,
    ),
  );
  const ids = ({ status }: typeof failed) => (status.inventory?.entries ?? []).map(({ id }) => id).toSorted();
  expect(ids(failed)).toEqual([`${namespace}_kept__ConfigMap`, `${namespace}_stays__ConfigMap`]);
  expect(await setting.world.cluster.get(mapAt('goes'))).toBeUndefined();

  await edit(setting.world, mapAt('kept'), { metadata: { labels: { keep: null } } });
  const done = await sync(setting, 'prunes');
  expect(told(done)).toContain('True ReconciliationSucceeded');
  expect(ids(done)).toEqual([`${namespace}_stays__ConfigMap`]);
  expect(await setting.world.cluster.get(mapAt('kept'))).toBeUndefined();
});

describe('finalizers that hang', () => {
  test('a pruned object is deleted in the background: it is no longer tracked, and goes when it is let go', async () => {
    await starts('hangs', {
      'a.yaml': configMap(namespace, 'hanging', {}),
      'b.yaml': configMap(namespace, 'other', {}),
    });
    await edit(setting.world, mapAt('hanging'), { metadata: { finalizers: ['test.example/hold'] } });
    await publish(setting, 'hangs', { 'a.yaml': null });

    const done = await sync(setting, 'hangs');

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(done.status.inventory?.entries).toEqual([{ id: `${namespace}_other__ConfigMap`, v: 'v1' }]);
    expect((await setting.world.cluster.get(mapAt('hanging')))?.metadata.deletionTimestamp).toBeDefined();
    await edit(setting.world, mapAt('hanging'), { metadata: { finalizers: null } });
    expect(await setting.world.cluster.get(mapAt('hanging'))).toBeUndefined();
  });

  test('an object that is going when it is wanted again is not healthy, and is made anew once it has gone', async () => {
    const file = { 'a.yaml': configMap(namespace, 'returning', { a: '1' }) };
    await starts('returns', file, { wait: true, timeout: '1h' });
    await edit(setting.world, mapAt('returning'), { metadata: { finalizers: ['test.example/hold'] } });
    await setting.world.cluster.delete(mapAt('returning'));

    const waiting = await sync(setting, 'returns');
    expect(told(waiting)).toBe('Unknown Progressing: Reconciliation in progress');
    await edit(setting.world, mapAt('returning'), { metadata: { finalizers: null } });
    await edit(setting.world, applierAt(setting, 'returns'), { spec: { timeout: '2h' } });

    expect(told(await sync(setting, 'returns'))).toContain('True ReconciliationSucceeded');
    expect(await setting.world.cluster.get(mapAt('returning'))).toMatchObject({ data: { a: '1' } });
    expect((await read(setting.world, applierAt(setting, 'returns'))).status.inventory?.entries).toHaveLength(
      1,
    );
  });
});
