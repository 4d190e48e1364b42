import type { Fact } from '../index.ts';

const com = (row: number, fact: string, says: string): Fact => ({
  row: `COM-${String(row).padStart(2, '0')}`,
  fact,
  says,
});

/** When a reconciler runs, and what it leaves in the status. */
export const lifecycleFacts = [
  com(2, 'success', 'The observed generation follows on success.'),
  com(2, 'stall', 'The observed generation follows on stall.'),
  com(2, 'no-op', 'The observed generation follows when there was nothing to do.'),
  com(2, 'failing', 'The observed generation stays behind while a run fails and is retried.'),
  com(2, 'handled', 'lastHandledReconcileAt is the request of every run, also of one that fails.'),
  com(3, 'finalizer', 'finalizers.fluxcd.io is added before anything else is done.'),
  com(3, 'removed', 'It is removed when a deletion is done with.'),
  com(4, 'requested', 'Another value of requestedAt than the handled one asks for a run.'),
  com(4, 'generation', 'Another generation asks for a run.'),
  com(4, 'other-metadata', 'Other labels and annotations ask for nothing.'),
  com(5, 'conditions', 'The conditions of a suspended object stay as they were.'),
  com(5, 'observed', 'A suspended object that is ready observes its generation, so that dependents go on.'),
  com(5, 'no-requeue', 'A suspended object is not looked at again.'),
  com(5, 'source-deleted', 'Deleting a suspended source still removes its artifacts.'),
  com(6, 'jitter', 'Two runs are one interval apart, five percent more or less.'),
  com(6, 'success-only', 'Retries and waits for dependencies have no jitter.'),
  com(7, 'stalling', 'What stalls is not tried again until spec or request change.'),
  com(7, 'backoff', 'Failures are tried again after 750 ms, doubled each time, 15 minutes at most.'),
  com(7, 'no-op', 'Nothing new is a success.'),
  com(8, 'removed', 'Conditions that tell of trouble are removed when there is none.'),
  com(
    9,
    'priority',
    'Ready is the first trouble in order: storage, fetch, include, outdated, stored, verified, stalled, reconciling.',
  ),
  com(9, 'polarity', 'True trouble makes Ready False, a missing good makes it False, otherwise it is True.'),
  com(9, 'success', 'On success Ready is Succeeded with the stored revision.'),
  com(9, 'verified', 'A failed verification makes Ready False.'),
  com(10, 'generation', 'Reconciling tells of a new generation before the work.'),
  com(10, 'with-retry', 'While a failure is retried the reason is ProgressingWithRetry.'),
  com(10, 'deleted', 'Reconciling is gone after success and stall.'),
  com(11, 'reasons', 'The generic reasons are spelled as upstream spells them.'),
  com(12, 'reasons', 'The reasons of sources are spelled as upstream spells them.'),
  com(13, 'sources', 'Messages of sources have at most 32768 characters.'),
  com(13, 'kustomizations', 'Messages of Kustomizations have at most 20000 characters.'),
] as const;

/** How servers are trusted and reached, and as whom. */
export const connectionFacts = [
  com(21, 'keys', 'A Secret brings tls.crt, tls.key and ca.crt.'),
  com(21, 'legacy', 'certFile, keyFile and caFile are read where those are missing.'),
  com(21, 'pair', 'A certificate without its key, or a key without its certificate, is refused.'),
  com(21, 'system-pool', "The CA is trusted beside the system's CAs."),
  com(22, 'address', 'The address of a proxy comes from a Secret.'),
  com(22, 'credentials', 'So do its user name and password.'),
  com(22, 'replaces-environment', 'A proxy of a Secret replaces that of the environment.'),
  com(22, 'environment', "Without a Secret the proxies of the controller's environment are used."),
  com(
    22,
    'no-proxy',
    'NO_PROXY says whom they are not for: hosts, domains, networks, ports; loopback never.',
  ),
  com(
    23,
    'controller-identity',
    "Without an account the identity of the controller is used; here what is registered with the object's cluster: a role of AWS, or a service account.",
  ),
  com(23, 'no-identity', 'Where there is neither, the object fails and says how to have one.'),
  com(23, 'object-identity', 'With a service account its cloud identity is used.'),
  com(23, 'gate', 'That needs a feature gate, and stalls without it.'),
  com(23, 'aws-role', 'On AWS an annotation of the account names the role.'),
  com(23, 'azure-account', 'On Azure two annotations name client and tenant.'),
  com(23, 'gcp-account', 'On Google Cloud annotations name the account and the identity provider.'),
  com(23, 'token-request', 'The token for the exchange is asked from the cluster, for the account.'),
  com(23, 'cache', 'Tokens are kept for those who ask as the same identity for the same thing.'),
] as const;

/** Bounds that the operator sets. */
export const limitFacts = [
  com(30, 'concurrency', 'So many objects at most are reconciled at the same time.'),
  com(30, 'ssh-algorithms', 'Key exchange and host key algorithms of SSH can be limited.'),
  com(30, 'chart-sizes', 'Charts and their files have a largest size.'),
  com(30, 'helm-cache', 'What was found in an index is kept in memory.'),
  com(30, 'generator-timeout', 'What generates artifacts has a timeout.'),
] as const;

/** What objects and clusters share beyond a run. */
export const sharedFacts = [
  com(24, 'cross-namespace', 'References across namespaces can be forbidden.'),
  com(24, 'access-denied', 'What is forbidden so stalls with the reason AccessDenied.'),
  com(24, 'default-account', 'A default service account can be set.'),
  com(
    24,
    'remote-bases',
    'Remote bases can be forbidden; here they are unless the cluster allows them, and always under lockdown.',
  ),
  com(24, 'namespaces', 'Only objects of certain namespaces are reconciled, if so set.'),
  com(24, 'decryption-account', 'A default service account for decryption can be set.'),
  com(24, 'kubeconfig-account', 'A default service account for other clusters can be set.'),
  com(24, 'sharding', 'Only objects of a shard are reconciled, if so set.'),
  com(25, 'labelled', 'A changed ConfigMap or Secret that is watched wakes its users at once.'),
  com(25, 'others', 'One that is not watched is seen at the next interval.'),
  com(26, 'types', 'Errors are Warning events, everything else is Normal.'),
  com(26, 'metadata', 'Keys of the metadata begin with the API group.'),
  com(26, 'annotations', 'Annotations of the object with the prefix for events are copied.'),
  com(26, 'notified', 'Events go to the notification side too, but traces do not.'),
  com(29, 'source', "Sources' status is written as source-controller."),
  com(
    29,
    'kustomization',
    "Kustomizations' status is written as gotk-kustomize-controller, objects as kustomize-controller.",
  ),
  com(29, 'patches', 'Status is patched, never replaced.'),
  com(31, 'digest', 'What is fetched must have the digest that is advertised.'),
  com(31, 'not-found', 'What cannot be found is waited for, without an event of failure.'),
] as const;
