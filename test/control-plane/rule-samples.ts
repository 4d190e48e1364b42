/** A spec that the API server must take or refuse, and the words of the refusal. */
export interface RuleSample {
  readonly kind: string;
  readonly says: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly refusal?: string;
}

const secretRef = { name: 'secret' };
const git = { url: 'https://example.com/r', interval: '1m' };
const kustomization = { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'r' } };
const chart = { chart: 'c', interval: '1m', sourceRef: { kind: 'HelmRepository', name: 'r' } };
const chartRef = { kind: 'OCIRepository', name: 'c' };
const release = { interval: '1m', chartRef };
const bucket = { bucketName: 'b', endpoint: 'example.com', interval: '1m' };
const sts = { provider: 'aws', endpoint: 'https://sts.example.com' };
const receiver = { type: 'github', secretRef, resources: [{ kind: 'GitRepository', name: 'r' }] };
const issuer = (url: string) => ({
  issuerURL: url,
  validations: [{ expression: 'true', message: 'never' }],
});
const policy = { imageRepositoryRef: { name: 'r' }, policy: { semver: { range: '1.x' } } };
const generator = (name: string, more = {}) => ({
  sources: [{ alias: 'a', kind: 'GitRepository', name: 'r' }],
  artifacts: [{ name, copy: [{ from: '@a/**', to: '@artifact/' }] }],
  ...more,
});

function takes(kind: string, says: string, spec: RuleSample['spec']): RuleSample {
  return { kind, says, spec };
}

function refuses(kind: string, says: string, spec: RuleSample['spec'], refusal: string): RuleSample {
  return { kind, says, spec, refusal };
}

const ONE_KUBECONFIG =
  'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified';

/** One sample or more for each CEL rule of Flux's CRDs, the words being Flux's own. */
export const ruleSamples: readonly RuleSample[] = [
  takes('GitRepository', 'a service account for azure', {
    ...git,
    provider: 'azure',
    serviceAccountName: 's',
  }),
  refuses(
    'GitRepository',
    '[GR-12 crd-service-account] a service account for github',
    { ...git, provider: 'github', serviceAccountName: 's' },
    "serviceAccountName can only be set when provider is 'azure' or 'aws'",
  ),
  takes('Kustomization', 'one kubeconfig', { ...kustomization, kubeConfig: { configMapRef: { name: 'c' } } }),
  refuses(
    'Kustomization',
    '[KS-102 crd-one-of-two] two kubeconfigs',
    { ...kustomization, kubeConfig: { configMapRef: { name: 'c' }, secretRef } },
    ONE_KUBECONFIG,
  ),
  refuses(
    'Kustomization',
    '[KS-102 crd-one-of-two] an empty kubeconfig',
    { ...kustomization, kubeConfig: {} },
    ONE_KUBECONFIG,
  ),
  refuses('HelmRelease', 'an empty kubeconfig', { ...release, kubeConfig: {} }, ONE_KUBECONFIG),
  refuses(
    'HelmRelease',
    'two kubeconfigs',
    { ...release, kubeConfig: { configMapRef: { name: 'c' }, secretRef } },
    ONE_KUBECONFIG,
  ),
  takes('HelmChart', 'a verified chart', { ...chart, verify: { provider: 'cosign' } }),
  refuses(
    'HelmChart',
    'a verified chart from Git',
    { ...chart, sourceRef: { kind: 'GitRepository', name: 'r' }, verify: { provider: 'cosign' } },
    "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
  ),
  takes('HelmRelease', 'a chart', release),
  refuses('HelmRelease', 'no chart', { interval: '1m' }, 'either chart or chartRef must be set'),
  refuses(
    'HelmRelease',
    'two charts',
    { ...release, chart: { spec: chart } },
    'either chart or chartRef must be set',
  ),
  refuses(
    'HelmRelease',
    'an interval of retries that never come, installing',
    { ...release, install: { strategy: { name: 'RemediateOnFailure', retryInterval: '1m' } } },
    ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
  ),
  refuses(
    'HelmRelease',
    'an interval of retries that never come, upgrading',
    { ...release, upgrade: { strategy: { name: 'RemediateOnFailure', retryInterval: '1m' } } },
    ".retryInterval can only be set when .name is 'RetryOnFailure'",
  ),
  takes('Bucket', 'temporary credentials', { ...bucket, provider: 'aws', sts }),
  refuses(
    'Bucket',
    'temporary credentials for gcp',
    { ...bucket, provider: 'gcp', sts },
    "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
  ),
  refuses(
    'Bucket',
    'ldap for aws',
    { ...bucket, provider: 'aws', sts: { ...sts, provider: 'ldap' } },
    "'aws' is the only supported STS provider for the 'aws' Bucket provider",
  ),
  refuses(
    'Bucket',
    'aws for the default provider',
    { ...bucket, sts },
    "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
  ),
  refuses(
    'Bucket',
    'a Secret for the AWS token service',
    { ...bucket, provider: 'aws', sts: { ...sts, secretRef } },
    "spec.sts.secretRef is not required for the 'aws' STS provider",
  ),
  refuses(
    'Bucket',
    'a certificate for the AWS token service',
    { ...bucket, provider: 'aws', sts: { ...sts, certSecretRef: secretRef } },
    "spec.sts.certSecretRef is not required for the 'aws' STS provider",
  ),
  refuses(
    'Bucket',
    'a service account for the default provider',
    { ...bucket, serviceAccountName: 's' },
    "ServiceAccountName is not supported for the 'generic' Bucket provider",
  ),
  refuses(
    'Bucket',
    'a Secret and a service account',
    { ...bucket, provider: 'aws', secretRef, serviceAccountName: 's' },
    'cannot set both .spec.secretRef and .spec.serviceAccountName',
  ),
  takes('ArtifactGenerator', 'a pattern in the name of many', generator('$1', { pathPattern: '@a/(.*)' })),
  refuses(
    'ArtifactGenerator',
    'a pattern in the name of one',
    generator('$1'),
    'artifact names must be valid Kubernetes object names when pathPattern is not set',
  ),
  takes('ArtifactGenerator', 'a dotted name', generator('a.b-c')),
  takes('Receiver', 'a Secret', receiver),
  refuses(
    'Receiver',
    'no Secret',
    { ...receiver, secretRef: undefined },
    'secretRef is required when type is not generic-oidc',
  ),
  refuses(
    'Receiver',
    'a Secret for tokens of an issuer',
    { ...receiver, type: 'generic-oidc', oidcProviders: [issuer('https://i')] },
    'secretRef cannot be set when type is generic-oidc',
  ),
  refuses(
    'Receiver',
    'no issuer',
    { ...receiver, type: 'generic-oidc', secretRef: undefined },
    'generic-oidc receivers must define at least one oidcProvider',
  ),
  refuses(
    'Receiver',
    'an issuer that is of no use',
    { ...receiver, oidcProviders: [issuer('https://i')] },
    'oidcProviders can only be set when type is generic-oidc',
  ),
  refuses(
    'Receiver',
    'the same issuer twice',
    {
      ...receiver,
      type: 'generic-oidc',
      secretRef: undefined,
      oidcProviders: [issuer('https://i'), issuer('https://i')],
    },
    'Duplicate value',
  ),
  takes('Provider', 'an id for commit statuses', { type: 'github', commitStatusExpr: "'a'" }),
  refuses(
    'Provider',
    'an id for commit statuses in a chat',
    { type: 'slack', commitStatusExpr: "'a'" },
    "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
  ),
  takes('ImagePolicy', 'an interval for digests', {
    ...policy,
    interval: '1m',
    digestReflectionPolicy: 'Always',
  }),
  refuses(
    'ImagePolicy',
    'an interval without digests',
    { ...policy, interval: '1m' },
    "spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'",
  ),
  refuses(
    'ImagePolicy',
    'digests without an interval',
    { ...policy, digestReflectionPolicy: 'Always' },
    "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'",
  ),
];
