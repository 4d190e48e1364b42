import type { KindRules } from '../kind-rules.ts';
import { checkAccessModes, checkClaimSpec, VOLUME_MODES } from '../pods/claim-spec.ts';
import { forbidden, immutable, required, unsupported, wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsAt,
  fieldsOf,
  sameValue,
  stringsOf,
  textOf,
} from '../rules/fields.ts';
import { check, dnsSubdomain, labelKey } from '../rules/formats.ts';
import { compareQuantities, NO_QUANTITY, parseQuantity } from '../rules/quantity.ts';
import { secondsOf } from '../rules/times.ts';
import { defaultStorageClass } from './default-class.ts';

const RECLAIM = ['Delete', 'Retain'];
const RECLAIM_VOLUMES = ['Delete', 'Recycle', 'Retain'];
const BINDING = ['Immediate', 'WaitForFirstConsumer'];
const SETTLED = ['capacity', 'accessModes', 'persistentVolumeReclaimPolicy', 'claimRef', 'storageClassName'];
const NOT_SOURCES = [...SETTLED, 'volumeMode', 'mountOptions', 'nodeAffinity', 'volumeAttributesClassName'];
const CLAIM_FROZEN =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

export const persistentVolumeClaim: KindRules = {
  defaults(object) {
    fallback(childOf(object, 'spec'), 'volumeMode', 'Filesystem');
    fallback(childOf(object, 'status'), 'phase', 'Pending');
  },
  create(object, world) {
    object.status = { phase: 'Pending' };
    const spec = childOf(object, 'spec');
    copySources(spec);
    const given = defaultStorageClass(world.store);
    if (given !== undefined) fallback(spec, 'storageClassName', given);
    // StorageObjectInUseProtection.
    addFinalizer(object, 'kubernetes.io/pvc-protection');
  },
  update: (object) => copySources(childOf(object, 'spec')),
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkClaimSpec(report, 'spec', spec);
    const before = fieldsOf(old?.spec);
    if (!before) return;
    const isBound = fieldsOf(object.status)?.phase === 'Bound';
    if (!sameValue(frozen(spec, before, isBound), frozen(before, before, isBound))) {
      report.push(forbidden('spec', CLAIM_FROZEN));
    }
    const [size, was, has] = [spec, before]
      .map(sizeOf)
      .concat(parseQuantity(capacityOf(object)) ?? NO_QUANTITY);
    if (size && was && has && compareQuantities(size, was) < 0 && compareQuantities(size, has) <= 0) {
      const detail = 'field can not be less than status.capacity';
      report.push(forbidden('spec.resources.requests.storage', detail));
    }
    if (spec.volumeMode !== before.volumeMode) report.push(immutable('volumeMode', spec.volumeMode));
  },
};

function capacityOf(object: Fields): unknown {
  return fieldsAt(object, 'status.capacity')?.storage;
}

function sizeOf(spec: Fields) {
  return parseQuantity(fieldsAt(spec, 'resources.requests')?.storage);
}

// dataSource and dataSourceRef name the same thing.
function copySources(spec: Fields): void {
  const reference = fieldsOf(spec.dataSourceRef);
  if (spec.dataSource !== undefined && !reference) spec.dataSourceRef = spec.dataSource;
  const kind = textOf(reference?.kind);
  const isKnown = kind === 'PersistentVolumeClaim' || kind === 'VolumeSnapshot';
  if (reference && spec.dataSource === undefined && isKnown && reference.namespace === undefined) {
    spec.dataSource = reference;
  }
}

function frozen(spec: Fields, before: Fields, isBound: boolean): Fields {
  const kept: Fields = { ...spec };
  // The volume is chosen once; a claim of no class may get one later.
  if (before.volumeName === undefined) delete kept.volumeName;
  if (before.storageClassName === undefined) delete kept.storageClassName;
  if (isBound) {
    kept.resources = { ...fieldsOf(spec.resources), requests: undefined };
    delete kept.volumeAttributesClassName;
  }
  return kept;
}

export const persistentVolume: KindRules = {
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'persistentVolumeReclaimPolicy', 'Retain');
    fallback(spec, 'volumeMode', 'Filesystem');
    fallback(childOf(object, 'status'), 'phase', 'Pending');
    const host = fieldsOf(spec.hostPath);
    if (host) fallback(host, 'type', '');
  },
  create(object, { nature }) {
    const lastPhaseTransitionTime = secondsOf(nature.now());
    object.status = { phase: 'Pending', lastPhaseTransitionTime };
    addFinalizer(object, 'kubernetes.io/pv-protection');
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    const modes = stringsOf(spec.accessModes);
    if (modes.length === 0) report.push(required('spec.accessModes'));
    checkAccessModes(report, 'spec.accessModes', modes);
    const capacity = fieldsOf(spec.capacity);
    if (!capacity) report.push(required('spec.capacity'), unsupported('spec.capacity', null, ['storage']));
    else if (!('storage' in capacity) || Object.keys(capacity).length > 1) {
      report.push(unsupported('spec.capacity', capacity, ['storage']));
    }
    const policy = textOf(spec.persistentVolumeReclaimPolicy);
    if (!RECLAIM_VOLUMES.includes(policy)) {
      report.push(unsupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_VOLUMES));
    }
    const sources = sourcesOf(spec);
    const [first, ...others] = Object.keys(sources);
    if (first === undefined) report.push(required('spec', 'must specify a volume type'));
    for (const other of others) {
      report.push(forbidden(`spec.${other}`, 'may not specify more than 1 volume type'));
    }
    const storageClass = textOf(spec.storageClassName);
    if (storageClass !== '') check(report, 'spec.storageClassName', storageClass, dnsSubdomain);
    if (!VOLUME_MODES.includes(textOf(spec.volumeMode))) {
      report.push(unsupported('spec.volumeMode', spec.volumeMode, VOLUME_MODES));
    }
    const before = fieldsOf(old?.spec);
    if (!before) return;
    if (!sameValue(sources, sourcesOf(before))) {
      report.push(
        forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'),
      );
    }
    if (spec.volumeMode !== before.volumeMode) report.push(immutable('volumeMode', spec.volumeMode));
  },
};

function sourcesOf(spec: Fields): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !NOT_SOURCES.includes(name)));
}

function addFinalizer(object: Fields, name: string): void {
  const metadata = childOf(object, 'metadata');
  const finalizers = stringsOf(metadata.finalizers);
  if (!finalizers.includes(name)) metadata.finalizers = [...finalizers, name];
}

export const storageClass: KindRules = {
  defaults(object) {
    fallback(object, 'reclaimPolicy', 'Delete');
    fallback(object, 'volumeBindingMode', 'Immediate');
  },
  validate(report, object, old) {
    if (old) {
      for (const name of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']) {
        if (!sameValue(object[name] ?? {}, old[name] ?? {})) {
          report.push(immutable(name, object[name] ?? null));
        }
      }
      return;
    }
    const provisioner = textOf(object.provisioner);
    if (provisioner === '') report.push(required('provisioner'));
    else check(report, 'provisioner', provisioner, (text) => labelKey(text.toLowerCase()));
    if (!RECLAIM.includes(textOf(object.reclaimPolicy))) {
      report.push(unsupported('reclaimPolicy', object.reclaimPolicy, RECLAIM));
    }
    if (!BINDING.includes(textOf(object.volumeBindingMode))) {
      report.push(unsupported('volumeBindingMode', object.volumeBindingMode, BINDING));
    }
    for (const key of Object.keys(fieldsOf(object.parameters) ?? {})) {
      if (key === '') report.push(wrong('parameters', key, 'field must not be empty.'));
    }
  },
};
