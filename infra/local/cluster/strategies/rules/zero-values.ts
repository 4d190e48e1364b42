// From the Go types of k8s.io/api v0.36.3: what OpenAPI does not tell is whether an optional scalar is a pointer, whose
// zero is kept and served, or a plain value, whose zero is as if it were absent. Names without a dot hold everywhere;
// `parent.name` holds in a member `parent` (a list's items have their list's name) and wins.

/** Optional numbers and booleans whose zero is dropped. */
const PLAIN = `active availableReplicas chapAuthDiscovery chapAuthSession count currentReplicas deprecated deprecatedCount
exclusiveMaximum exclusiveMinimum failed failureThreshold fullyLabeledReplicas generation globalDefault healthCheckNodePort
hostIPC hostNetwork hostPID hostPort initialDelaySeconds livenessProbe.timeoutSeconds minReadySeconds nodePort nullable number
numberAvailable numberUnavailable observedGeneration paused periodSeconds additionalPrinterColumns.priority
preserveUnknownFields publishNotReadyAddresses readOnly readinessProbe.timeoutSeconds readyReplicas signal sizeBytes sslEnabled
startupProbe.timeoutSeconds status.replicas stdin stdinOnce succeeded successThreshold tty unavailableReplicas uniqueItems
unschedulable updatedNumberScheduled updatedReplicas x-kubernetes-embedded-resource x-kubernetes-int-or-string
awsElasticBlockStore.partition gcePersistentDisk.partition`;

/** Numbers and booleans of those names that are pointers nevertheless. */
const POINTERS = 'azureDisk.readOnly csi.readOnly';

/** Optional strings whose empty value is kept. */
const TEXTS = `appProtocol dataSource.apiGroup dataSourceRef.apiGroup resource.apiGroup fsGroupChangePolicy
holderIdentity hostPath.type ingressClassName internalTrafficPolicy ipFamilyPolicy loadBalancerClass localhostProfile
preferredHolder preemptionPolicy reclaimPolicy resourceClaimName runtimeClassName selectPolicy stopSignal storageClassName
timeZone trafficDistribution volumeAttributesClassName volumeBindingMode volumeMode x-kubernetes-list-type
x-kubernetes-map-type endpoints.hostname endpoints.nodeName endpoints.zone`;

/** What is plain nevertheless, by kind. */
const PLAIN_IN: Readonly<Record<string, string>> = { PersistentVolume: 'storageClassName csi.readOnly' };

/** Lists that are written as null when there are none. */
const NULL_LISTS = '.rules .endpoints .ports status.currentMetrics nodeSelectorTerms';

/** Times that are written as null when there is none. */
const NULL_TIMES = `deprecatedFirstTimestamp deprecatedLastTimestamp eventTime finishedAt firstTimestamp lastHeartbeatTime
lastObservedTime lastProbeTime lastTimestamp lastTransitionTime lastUpdateTime startedAt`;

/** Members that are null when they are absent, of kinds whose API says so. */
const NULL_TEXTS = 'dataSource.apiGroup dataSourceRef.apiGroup resource.apiGroup';

function among(list: string): (parent: string, name: string) => boolean {
  const names = new Set(list.split(/\s+/));
  return (parent, name) => names.has(name) || names.has(`${parent}.${name}`);
}

const plain = among(PLAIN);
const pointer = among(POINTERS);
const text = among(TEXTS);
const plainIn = new Map(Object.entries(PLAIN_IN).map(([kind, list]) => [kind, among(list)]));

/** Whether a zero (0, false or the empty string) of an optional member is kept and served. */
export function keepsZero(kind: string, parent: string, name: string, value: unknown): boolean {
  if (plainIn.get(kind)?.(parent, name)) return false;
  if (typeof value === 'string') return text(parent, name);
  return pointer(parent, name) || !plain(parent, name);
}

export const isNullList = among(NULL_LISTS);
export const isNullTime = among(NULL_TIMES);
export const isNullText = among(NULL_TEXTS);
