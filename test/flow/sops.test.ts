import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { applierAt, configMap, newEvents, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('sops');
const { namespace } = setting;
const synced = startsIn(setting);

/** What SOPS leaves beside the encrypted values. */
const SOPS = { mac: 'ENC[AES256_GCM,data:bWFj,type:str]', version: '3.9.0', age: [] };

function encrypted(kind: string, name: string, annotations: Readonly<Record<string, string>> = {}): string {
  const data = { password: 'RU5DW0FFUzI1Nl9HQ00sZGF0YTpjSGM9LHR5cGU6c3RyXQ==' };
  const metadata = { name, namespace, annotations };
  return `${JSON.stringify({ apiVersion: 'v1', kind, metadata, data, sops: SOPS })}\n`;
}

const read = (kind: string, name: string) =>
  setting.world.cluster.get({ apiVersion: 'v1', kind, namespace, name });

describe('a Secret that is still encrypted', () => {
  test('[KS-55 refused] [KS-55 nothing-applied] fails the run before anything is applied, until it is gone', async () => {
    const plain = configMap(namespace, 'beside', {});
    const failed = await synced('sealed', { 'a.yaml': plain, 'b.yaml': encrypted('Secret', 'sealed') });

    expect(told(failed)).toBe(
      `False ReconciliationFailed: Secret/${namespace}/sealed is SOPS encrypted, configuring decryption is required for this secret to be reconciled`,
    );
    expect(await newEvents(setting, applierAt(setting, 'sealed'))).toEqual([
      told(failed).replace('False', 'Warning'),
    ]);
    expect(await read('ConfigMap', 'beside')).toBeUndefined();
    expect(await read('Secret', 'sealed')).toBeUndefined();

    await publish(setting, 'sealed', { 'b.yaml': configMap(namespace, 'instead', {}) });
    expect(told(await sync(setting, 'sealed'))).toContain('True ReconciliationSucceeded');
    expect(await read('ConfigMap', 'beside')).toBeDefined();
  });

  test.each(['disabled', 'Disabled'])(
    '[KS-55 disabled] is applied as it is when decrypt: %s says so',
    async (value) => {
      const name = `opted-${value.charCodeAt(0)}`;
      const annotations = { 'kustomize.toolkit.fluxcd.io/decrypt': value };
      const done = await synced(name, { 'a.yaml': encrypted('Secret', name, annotations) });

      expect(told(done)).toContain('True ReconciliationSucceeded');
      const secret = (await read('Secret', name)) as (KubernetesObject & { data?: object }) | undefined;
      expect(secret?.data).toEqual({ password: 'RU5DW0FFUzI1Nl9HQ00sZGF0YTpjSGM9LHR5cGU6c3RyXQ==' });
    },
  );

  test('[KS-55 disabled] no other value does', async () => {
    const annotations = { 'kustomize.toolkit.fluxcd.io/decrypt': 'enabled' };

    const failed = await synced('opted-not', { 'a.yaml': encrypted('Secret', 'opted-not', annotations) });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: .* is SOPS encrypted/);
  });

  test('[KS-55 secrets-only] no other kind is looked at', async () => {
    const done = await synced('mapped', { 'a.yaml': encrypted('ConfigMap', 'mapped') });

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await read('ConfigMap', 'mapped')).toBeDefined();
  });
});

test('[KS-60 status-manager] [COM-29 kustomization] the status is written under gotk-kustomize-controller, nothing else is', async () => {
  const done = await synced('managed', { 'a.yaml': configMap(namespace, 'managed', {}) });
  const entries = (done.metadata.managedFields ?? []) as readonly {
    manager?: string;
    subresource?: string;
    operation?: string;
  }[];

  const ofStatus = entries.filter(({ subresource }) => subresource === 'status');
  expect(ofStatus.map(({ manager, operation }) => [manager, operation])).toEqual([
    ['gotk-kustomize-controller', 'Update'],
  ]);
  const applied = (await read('ConfigMap', 'managed'))?.metadata.managedFields ?? [];
  expect(applied.map(({ manager }) => manager)).toEqual(['kustomize-controller']);
});
