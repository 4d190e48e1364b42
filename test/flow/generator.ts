import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { readTarGz } from '../../shared/artifact/read-tar-gz.ts';
import { loadPacked } from '../../shared/artifact/store.ts';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { create, gitRepository, type Reconciled, read, reconcile } from './drive.ts';
import { publish, type Setting, sourceAt } from './setting.ts';

export const GENERATOR = {
  apiVersion: 'source.extensions.fluxcd.io/v1beta1',
  kind: 'ArtifactGenerator',
} as const;
export const EXTERNAL = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'ExternalArtifact' } as const;

/** An ArtifactGenerator as a person writes it. */
export function generator(
  { namespace }: Setting,
  name: string,
  spec: object,
  metadata: object = {},
): KubernetesObject {
  return { ...GENERATOR, metadata: { namespace, name, ...metadata }, spec };
}

/** The ArtifactGenerator `name` of the setting. */
export function generatorAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...GENERATOR, namespace, name };
}

/** The ExternalArtifact `name` of the setting. */
export function externalAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...EXTERNAL, namespace, name };
}

/** The inventory of a generator. */
export function inventoryOf({ status }: Reconciled): readonly {
  readonly name: string;
  readonly namespace: string;
  readonly digest: string;
  readonly filename: string;
}[] {
  return (status.inventory ?? []) as never;
}

/** The files of an ExternalArtifact that is kept in the store. */
export async function madeFiles(setting: Setting, name: string): Promise<Record<string, string>> {
  const { world, namespace } = setting;
  const { artifact } = (await read(world, externalAt(setting, name))).status;
  const owner = { cluster: world.clusterId, kind: EXTERNAL.kind, namespace, name };
  const bytes = await loadPacked(world.runtime.ports.store, owner, artifact ?? { path: '', digest: '' });
  const files = [...readTarGz(bytes, DEFAULT_LIMITS)];
  return Object.fromEntries(files.map(([path, body]) => [path, Buffer.from(body).toString()]));
}

/** A source of a generator: the GitRepository `name`. */
export function gitSource(name: string, alias = 'src'): object {
  return { alias, kind: 'GitRepository', name };
}

/** All files of the source `src`. */
export const copyAll = [{ from: '@src/**', to: '@artifact/' }];

/** What tests do with the generators of a setting. */
export function generatorsIn(setting: Setting) {
  const visit = (name: string) => reconcile(setting.world, generatorAt(setting, name));
  return {
    visit,
    /** A repository with an artifact. */
    starts: async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
      await publish(setting, name, files);
      await create(setting.world, gitRepository(setting.world, setting.namespace, name));
      const { status } = await reconcile(setting.world, sourceAt(setting, name));
      return status.artifact?.revision ?? '';
    },
    generated: async (name: string, spec: object, metadata: object = {}): Promise<Reconciled> => {
      await create(setting.world, generator(setting, name, spec, metadata));
      return visit(name);
    },
    external: (name: string) => setting.world.cluster.get(externalAt(setting, name)),
  };
}
