import type { Fact } from '../index.ts';

const bk = (row: number, fact: string, says: string): Fact => ({
  row: `BK-${String(row).padStart(2, '0')}`,
  fact,
  says,
});
const refused = (row: number, fact: string, says: string): Fact => ({
  ...bk(row, fact, says),
  refused: true,
});

/** What makes up a Bucket's artifact, and when it is made. */
export const bucketFacts = [
  bk(1, 'defaults', 'Provider is generic and timeout is 60 s unless said otherwise.'),
  bk(1, 'suspend', 'A suspended bucket is not looked at.'),
  bk(1, 'timeout', 'The timeout bounds what the bucket is asked.'),
  bk(1, 'insecure', 'Plain HTTP is spoken only where insecure is set.'),
  bk(1, 'region', 'The region is the one that is set, else the one in the host name, else us-east-1.'),
  bk(
    2,
    'sts-providers',
    'sts is for aws and generic only, with provider aws for the one and ldap for the other.',
  ),
  bk(2, 'sts-secrets', 'sts of provider aws takes no Secrets.'),
  bk(2, 'service-account', 'serviceAccountName is not for generic, and not beside secretRef.'),
  bk(3, 'ldap', "A user of LDAP gets keys from MinIO's token service."),
  bk(3, 'ldap-secrets', 'STS Secrets that are missing or half are AuthenticationFailed.'),
  bk(
    3,
    'aws',
    "For aws the account's token is exchanged at the token service that is named, which has to be AWS's.",
  ),
  bk(3, 'misuse', 'A token service that does not fit the provider is InvalidSTSConfiguration and stalls.'),
  bk(4, 'account', 'With serviceAccountName the bucket is asked as the role of the account.'),
  bk(4, 'aws-chain', 'aws without Secret and account asks as the identity that the operator has lent.'),
  bk(4, 'keys', 'accesskey and secretkey of the Secret are used by generic and aws.'),
  bk(4, 'missing-keys', 'A Secret without both is AuthenticationFailed, which names what is required.'),
  bk(4, 'anonymous', 'generic without a Secret asks as nobody.'),
  bk(
    4,
    'azure',
    'Azure Blob Storage is read with a service principal, a key, a signature, an account or as nobody.',
  ),
  bk(4, 'azure-secrets', "Azure's Secret without a whole set of fields is AuthenticationFailed."),
  bk(
    5,
    'azure-etags',
    "Azure's etags count as its downloads answer them, in quotes; what is listed is compared with these.",
  ),
  bk(5, 'lines', 'The revision is the digest of a line an object, key and etag, in the order of the keys.'),
  bk(5, 'known', "The revision of one known object is what Flux's own tests expect."),
  bk(5, 'empty', 'The revision of an empty bucket is the digest of nothing, and it has an artifact.'),
  bk(5, 'etags', 'Etags are as the provider lists them, without quotes.'),
  bk(6, 'skipped', 'Keys that end in a slash, and .sourceignore, are not in the index.'),
  bk(6, 'root-only', 'Only the .sourceignore at the root of the bucket counts.'),
  bk(6, 'spec-wins', 'The patterns of spec.ignore come after those of the file.'),
  bk(6, 'prefix', 'A prefix limits what is listed.'),
  bk(7, 'no-defaults', 'Nothing is left out unasked.'),
  bk(7, 'ignore-file-packed', 'The .sourceignore that was read is in the archive.'),
  bk(8, 'by-index', 'A change of spec.ignore that leaves the index as it is makes no new artifact.'),
  bk(8, 'observed', 'status.observedIgnore is that of the newest artifact.'),
  bk(9, 'file', 'The file is named by the digest of the index.'),
  bk(9, 'files', 'Each object is a file by its key.'),
  bk(9, 'unchanged', 'Nothing is downloaded while the index is that of the artifact.'),
  bk(9, 'vanished', 'What vanishes between listing and download is dropped from the index.'),
  bk(
    9,
    'newer',
    'An etag that differs at the download replaces the listed one, and the revision is of those.',
  ),
  bk(10, 'operation-failed', 'Trouble with the bucket is BucketOperationFailed and is tried again.'),
  bk(10, 'not-found', 'A bucket that is not there is told by its name.'),
  bk(10, 'authentication-failed', 'A Secret that is not there is AuthenticationFailed.'),
  bk(10, 'event', 'An artifact is told with the number of its files and the name of the bucket.'),
  bk(10, 'feature-gate', 'serviceAccountName while its gate is closed is FeatureGateDisabled and stalls.'),
  bk(11, 'tls', "The server is trusted by the Secret's CA, and sees its client certificate."),
  bk(11, 'proxy', 'The bucket is reached through a proxy.'),
  bk(12, 'signed', 'Requests are signed with version 4.'),
] as const;

/** What is not built: the object stalls and says so. */
export const bucketRefusals = [
  refused(4, 'gcp', 'Google Cloud Storage is read with a service account.'),
] as const;
