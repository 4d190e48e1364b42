import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { EXPLANATION, SIMULATED } from '../../simulation.ts';
import { fieldsOf, textOf } from '../../strategies/rules/fields.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { keyOf } from '../owners.ts';

const CLAIMS = '/persistentvolumeclaims';
const VOLUMES = '/persistentvolumes';
const CLASSES = 'storage.k8s.io/storageclasses';
const STANDARD = 'standard';
const BOUND = 'kubernetes.io/pv-protection';

/** Says what volumes are, and lets them go. */
export const volumes: Controller = {
  name: 'volumes',
  watches: [VOLUMES, CLAIMS],
  concerns({ type, entry }, { store }) {
    if (entry.id === VOLUMES) return type === 'DELETED' ? [] : [keyOf(entry)];
    if (type !== 'DELETED') return [];
    return store
      .list(VOLUMES)
      .filter(({ rest }) => rest.includes(entry.uid))
      .map(keyOf);
  },
  sync({ name }, world) {
    const volume = world.manager.read(VOLUMES, '', name);
    if (!volume) return undefined;
    const claim = claimOf(volume, world);
    if (volume.metadata.deletionTimestamp !== undefined) {
      if (claim !== 'there') dropFinalizer(volume, world);
      return undefined;
    }
    const spec = fieldsOf(volume.spec) ?? {};
    if (claim === 'gone' && spec.persistentVolumeReclaimPolicy === 'Delete') {
      world.manager.delete(VOLUMES, volume);
      return undefined;
    }
    const phase = claim === 'gone' ? 'Released' : claim === 'none' ? 'Available' : undefined;
    const present = fieldsOf(volume.status) ?? {};
    if (phase === undefined || present.phase === phase) return undefined;
    world.manager.writeStatus(VOLUMES, volume, { ...present, phase });
    return undefined;
  },
};

function claimOf(volume: KubernetesObject, { store }: ControllerWorld): 'there' | 'gone' | 'none' {
  const reference = fieldsOf(fieldsOf(volume.spec)?.claimRef);
  if (reference?.uid === undefined) return 'none';
  const claim = store.get(CLAIMS, textOf(reference.namespace), textOf(reference.name));
  return claim?.uid === reference.uid ? 'there' : 'gone';
}

function dropFinalizer(volume: KubernetesObject, { manager }: ControllerWorld): void {
  const { finalizers = [] } = volume.metadata;
  if (!finalizers.includes(BOUND)) return;
  const kept = finalizers.filter((one) => one !== BOUND);
  manager.update(VOLUMES, { ...volume, metadata: { ...volume.metadata, finalizers: kept } });
}

/** Makes the class `standard`, the default, whose volumes are simulated; it may be deleted for good. */
export function makeStandardClass({ manager, store }: ControllerWorld): void {
  if (store.get(CLASSES, '', STANDARD)) return;
  manager.create(CLASSES, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: STANDARD,
      annotations: {
        'storageclass.kubernetes.io/is-default-class': 'true',
        [SIMULATED]: EXPLANATION,
      },
    },
    provisioner: SIMULATED,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  });
}
