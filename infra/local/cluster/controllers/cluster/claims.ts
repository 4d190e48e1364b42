import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { EXPLANATION, SIMULATED } from '../../simulation.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  itemsOf,
  stringsOf,
  textOf,
} from '../../strategies/rules/fields.ts';
import { compareQuantities, parseQuantity } from '../../strategies/rules/quantity.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { keyOf } from '../owners.ts';
import { hasEnded, PODS } from '../workloads/pods.ts';

const CLAIMS = '/persistentvolumeclaims';
const VOLUMES = '/persistentvolumes';
const CLASSES = 'storage.k8s.io/storageclasses';
const IN_USE = 'kubernetes.io/pvc-protection';

/** Binds claims to volumes that match, or to simulated ones of a class that this cluster provides. */
export const claims: Controller = {
  name: 'claims',
  watches: [CLAIMS, VOLUMES, PODS, CLASSES],
  concerns({ type, entry }, { store }) {
    if (entry.id === CLAIMS) return type === 'DELETED' ? [] : [keyOf(entry)];
    if (entry.id === PODS)
      return entry.rest.includes('"persistentVolumeClaim"')
        ? store.list(CLAIMS, entry.namespace).map(keyOf)
        : [];
    return type === 'DELETED' ? [] : store.list(CLAIMS).filter(isPending).map(keyOf);
  },
  sync({ namespace, name }, world) {
    const claim = world.manager.read(CLAIMS, namespace, name);
    if (!claim) return undefined;
    if (claim.metadata.deletionTimestamp !== undefined) return release(claim, world);
    if (fieldsOf(claim.status)?.phase === 'Bound') return undefined;
    return bind(claim, world);
  },
};

function isPending({ rest }: { readonly rest: string }): boolean {
  return !rest.includes('"phase":"Bound"');
}

// A claim that a pod uses stays until the pod has gone.
function release(claim: KubernetesObject, { manager }: ControllerWorld): undefined {
  const { finalizers = [], namespace, name } = claim.metadata;
  if (!finalizers.includes(IN_USE) || isUsed(name, namespace, manager)) return undefined;
  const kept = finalizers.filter((one) => one !== IN_USE);
  manager.update(CLAIMS, { ...claim, metadata: { ...claim.metadata, finalizers: kept } });
  return undefined;
}

function isUsed(name: string, namespace: string | undefined, manager: ControllerWorld['manager']): boolean {
  const users = manager.list(PODS, namespace, ({ rest }) => rest.includes(JSON.stringify(name)));
  return users.some(
    (pod) =>
      !hasEnded(pod) &&
      itemsOf(fieldsOf(pod.spec)?.volumes).some(
        (volume) => fieldsOf(volume.persistentVolumeClaim)?.claimName === name,
      ),
  );
}

function bind(claim: KubernetesObject, world: ControllerWorld): number | undefined {
  const { delays, manager, nature, pending } = world;
  const uid = claim.metadata.uid ?? '';
  const found = matching(claim, world);
  const storageClass = textOf(fieldsOf(claim.spec)?.storageClassName);
  const provided = manager.read(CLASSES, '', storageClass);
  if (!found && provided?.provisioner !== SIMULATED) return undefined;
  if (!found && provided?.volumeBindingMode === 'WaitForFirstConsumer') {
    if (!isUsed(claim.metadata.name, claim.metadata.namespace, manager)) return undefined;
  }
  const now = nature.now().getTime();
  const due = pending.get(uid)?.due ?? now + delays.claimBind;
  pending.set(uid, { step: 'bind', due });
  if (due > now) return due - now;
  pending.delete(uid);
  settle(claim, found ?? provision(claim, provided, world), world);
  return undefined;
}

// The smallest volume that is free and enough.
function matching(claim: KubernetesObject, { manager }: ControllerWorld): KubernetesObject | undefined {
  const spec = fieldsOf(claim.spec) ?? {};
  const wanted = parseQuantity(fieldsAt(spec, 'resources.requests')?.storage);
  const modes = stringsOf(spec.accessModes);
  const fits = (volume: KubernetesObject): boolean => {
    const of = fieldsOf(volume.spec) ?? {};
    const reference = fieldsOf(of.claimRef);
    const size = parseQuantity(fieldsOf(of.capacity)?.storage);
    const isMeant =
      reference?.name === claim.metadata.name && reference.namespace === claim.metadata.namespace;
    if (reference && !isMeant) return false;
    if (reference?.uid !== undefined && reference.uid !== claim.metadata.uid) return false;
    if (textOf(spec.volumeName) !== '') return volume.metadata.name === spec.volumeName;
    return (
      textOf(of.storageClassName) === textOf(spec.storageClassName) &&
      of.volumeMode === spec.volumeMode &&
      modes.every((mode) => stringsOf(of.accessModes).includes(mode)) &&
      size !== undefined &&
      wanted !== undefined &&
      compareQuantities(size, wanted) >= 0
    );
  };
  const all = manager.list(VOLUMES).filter(fits);
  const [smallest] = all.toSorted((one, other) => {
    const [size, than] = [one, other].map((volume) =>
      parseQuantity(fieldsAt(volume, 'spec.capacity')?.storage),
    );
    return size && than ? compareQuantities(size, than) : 0;
  });
  return smallest;
}

function provision(
  claim: KubernetesObject,
  storageClass: KubernetesObject | undefined,
  { manager }: ControllerWorld,
): KubernetesObject {
  const spec = fieldsOf(claim.spec) ?? {};
  const name = `pvc-${claim.metadata.uid}`;
  return manager.create(VOLUMES, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: { 'pv.kubernetes.io/provisioned-by': SIMULATED, [SIMULATED]: EXPLANATION },
    },
    spec: {
      capacity: { storage: fieldsAt(spec, 'resources.requests')?.storage },
      accessModes: spec.accessModes,
      volumeMode: spec.volumeMode,
      storageClassName: spec.storageClassName,
      persistentVolumeReclaimPolicy: storageClass?.reclaimPolicy,
      csi: { driver: 'simulated.sluice.dev', volumeHandle: name },
      claimRef: referenceTo(claim),
    },
  });
}

function referenceTo({ metadata }: KubernetesObject): Fields {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
}

function settle(claim: KubernetesObject, volume: KubernetesObject, { manager }: ControllerWorld): void {
  const { namespace = '', name } = claim.metadata;
  const spec = fieldsOf(volume.spec) ?? {};
  if (fieldsOf(spec.claimRef)?.uid === undefined) {
    manager.update(VOLUMES, { ...volume, spec: { ...spec, claimRef: referenceTo(claim) } });
  }
  const present = manager.read(VOLUMES, '', volume.metadata.name);
  if (present) manager.writeStatus(VOLUMES, present, { ...fieldsOf(present.status), phase: 'Bound' });
  const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' };
  manager.update(CLAIMS, {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...fieldsOf(claim.spec), volumeName: volume.metadata.name },
  });
  const bound = manager.read(CLAIMS, namespace, name);
  const status = { phase: 'Bound', accessModes: spec.accessModes, capacity: spec.capacity };
  if (bound) manager.writeStatus(CLAIMS, bound, status);
}
