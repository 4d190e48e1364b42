import { beforeAll, describe } from 'vitest';
import type { Cluster, KubernetesObject } from '../../shared/ports.ts';
import { deletionContract } from './cluster-deletions.ts';
import { discoveryContract } from './cluster-discovery.ts';
import { identityContract } from './cluster-identities.ts';
import { readContract } from './cluster-reads.ts';
import { subresourceContract } from './cluster-subresources.ts';
import { watchContract } from './cluster-watches.ts';
import { writeContract } from './cluster-writes.ts';

/** An administrator's Cluster and the name of a namespace that is not there yet. */
export interface ClusterUnderTest {
  readonly cluster: Cluster;
  readonly namespace: string;
}

/** What each part of the contract works with; `namespace` exists, `widgets` is served. */
export interface ClusterFixture extends ClusterUnderTest {
  /** `<namespace>.example.com/v1`, kind Widget: `spec.size`, `spec.fixed` (immutable), `spec.count` (int64), status subresource. */
  readonly widgets: { readonly apiVersion: string; readonly kind: 'Widget' };
  configMap(name: string, data?: Readonly<Record<string, string>>): KubernetesObject;
}

/** How a part declares its tests: the fixture exists when they run. */
export type ContractPart = (fixture: () => ClusterFixture) => void;

const PARTS: Readonly<Record<string, ContractPart>> = {
  discovery: discoveryContract,
  reads: readContract,
  writes: writeContract,
  subresources: subresourceContract,
  deletions: deletionContract,
  identities: identityContract,
  watches: watchContract,
};

/** The contract of the Cluster port, with facts of a real API server; `make` is called once a part. */
export function clusterContract(name: string, make: () => Promise<ClusterUnderTest>): void {
  describe(`${name} is a Cluster`, () => {
    for (const [title, declare] of Object.entries(PARTS)) {
      describe(title, () => {
        let fixture: ClusterFixture | undefined;
        beforeAll(async () => {
          fixture = await prepare(await make());
        });
        declare(() => {
          if (!fixture) throw new Error('the fixture is made before the tests run');
          return fixture;
        });
      });
    }
  });
}

/** The field manager of these tests. */
export const MANAGER = { fieldManager: 'contract' } as const;

async function prepare({ cluster, namespace }: ClusterUnderTest): Promise<ClusterFixture> {
  const group = `${namespace}.example.com`;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, MANAGER);
  await cluster.apply(widgetDefinition(group), MANAGER);
  const widgets = { apiVersion: `${group}/v1`, kind: 'Widget' } as const;
  await served(cluster, widgets);
  return {
    cluster,
    namespace,
    widgets,
    configMap: (name, data = { a: '1' }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data,
    }),
  };
}

/** Waits until a kind just declared is served: its CRD is established, and its list answers. */
export async function served(cluster: Cluster, kind: { apiVersion: string; kind: string }): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      await cluster.list(kind);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A CRD for kind Widget in `group`. */
export function widgetDefinition(group: string): KubernetesObject {
  const spec = {
    type: 'object',
    properties: {
      size: { type: 'integer', maximum: 100 },
      count: { type: 'integer', format: 'int64' },
      fixed: {
        type: 'string',
        'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'Value is immutable' }],
      },
    },
  };
  const status = { type: 'object', properties: { phase: { type: 'string' } } };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}
