import { ageOf, column, NAME, nameOf, type Printer, textColumns } from './columns.ts';
import { at, type Json, list, text, texts } from './fields.ts';

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const DEFAULT_CLASS_BETA = 'storageclass.beta.kubernetes.io/is-default-class';
const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** Columns of PersistentVolumes. */
export const persistentVolumes: Printer = {
  columns: [
    NAME,
    ...textColumns('Capacity', 'Access Modes', 'Reclaim Policy', 'Status', 'Claim', 'StorageClass'),
    ...textColumns('VolumeAttributesClass', 'Reason', 'Age', '+VolumeMode'),
  ],
  cells(object, now) {
    const claim = at(object, 'spec', 'claimRef');
    return [
      nameOf(object),
      text(object, 'spec', 'capacity', 'storage') || '0',
      accessModes(texts(object, 'spec', 'accessModes')),
      text(object, 'spec', 'persistentVolumeReclaimPolicy'),
      phase(object),
      claim ? `${text(claim, 'namespace')}/${text(claim, 'name')}` : '',
      storageClass(object),
      at(object, 'spec', 'volumeAttributesClassName') ?? '<unset>',
      text(object, 'status', 'reason'),
      ageOf(object, now),
      at(object, 'spec', 'volumeMode') ?? '<unset>',
    ];
  },
};

/** Columns of PersistentVolumeClaims. */
export const persistentVolumeClaims: Printer = {
  columns: [
    NAME,
    ...textColumns('Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass'),
    ...textColumns('VolumeAttributesClass', 'Age', '+VolumeMode'),
  ],
  cells(object, now) {
    const volume = text(object, 'spec', 'volumeName');
    const isBound = volume !== '';
    return [
      nameOf(object),
      phase(object),
      volume,
      isBound ? text(object, 'status', 'capacity', 'storage') || '0' : '',
      isBound ? accessModes(texts(object, 'status', 'accessModes')) : '',
      storageClass(object),
      at(object, 'spec', 'volumeAttributesClassName') ?? '<unset>',
      ageOf(object, now),
      at(object, 'spec', 'volumeMode') ?? '<unset>',
    ];
  },
};

/** Columns of StorageClasses. */
export const storageClasses: Printer = {
  columns: [
    NAME,
    ...textColumns('Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age'),
  ],
  cells(object, now) {
    const annotations = at(object, 'metadata', 'annotations');
    const isDefault = [DEFAULT_CLASS, DEFAULT_CLASS_BETA].some((name) => text(annotations, name) === 'true');
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      text(object, 'provisioner'),
      text(object, 'reclaimPolicy') || 'Delete',
      text(object, 'volumeBindingMode') || 'Immediate',
      object.allowVolumeExpansion === true,
      ageOf(object, now),
    ];
  },
};

/** Columns of VolumeAttributesClasses. */
export const volumeAttributesClasses: Printer = {
  columns: [NAME, ...textColumns('DriverName', 'Age')],
  cells: (object, now) => [nameOf(object), text(object, 'driverName'), ageOf(object, now)],
};

/** Columns of CSINodes. */
export const csiNodes: Printer = {
  columns: [NAME, column('Drivers', 'integer'), ...textColumns('Age')],
  cells: (object, now) => [nameOf(object), list(object, 'spec', 'drivers').length, ageOf(object, now)],
};

/** Columns of CSIDrivers. */
export const csiDrivers: Printer = {
  columns: [
    NAME,
    ...['AttachRequired', 'PodInfoOnMount', 'StorageCapacity'].map((name) => column(name, 'boolean')),
    ...textColumns('TokenRequests'),
    column('RequiresRepublish', 'boolean'),
    ...textColumns('Modes', 'Age'),
  ],
  cells: (object, now) => [
    nameOf(object),
    at(object, 'spec', 'attachRequired') !== false,
    at(object, 'spec', 'podInfoOnMount') === true,
    at(object, 'spec', 'storageCapacity') === true,
    at(object, 'spec', 'tokenRequests') === undefined
      ? '<unset>'
      : list(object, 'spec', 'tokenRequests')
          .map((request) => text(request, 'audience'))
          .join(','),
    at(object, 'spec', 'requiresRepublish') === true,
    texts(object, 'spec', 'volumeLifecycleModes').join(',') || '<none>',
    ageOf(object, now),
  ],
};

/** Columns of VolumeAttachments. */
export const volumeAttachments: Printer = {
  columns: [
    NAME,
    { ...NAME, name: 'Attacher' },
    ...textColumns('PV', 'Node'),
    column('Attached', 'boolean'),
    ...textColumns('Age'),
  ],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'attacher'),
    text(object, 'spec', 'source', 'persistentVolumeName'),
    text(object, 'spec', 'nodeName'),
    at(object, 'status', 'attached') === true,
    ageOf(object, now),
  ],
};

function phase(object: Json): string {
  const isTerminating = at(object, 'metadata', 'deletionTimestamp') !== undefined;
  return isTerminating ? 'Terminating' : text(object, 'status', 'phase');
}

function storageClass(object: Json): string {
  const beta = at(object, 'metadata', 'annotations', BETA_CLASS);
  return typeof beta === 'string' ? beta : text(object, 'spec', 'storageClassName');
}

function accessModes(modes: readonly string[]): string {
  return Object.entries(MODES)
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}
