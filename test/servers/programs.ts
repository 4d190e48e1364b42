import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Tests that run real programs of the machine, and what each set needs. */
const NEEDS: readonly {
  readonly program: string;
  readonly isThere: () => boolean;
  readonly tests: readonly string[];
}[] = [
  {
    program: 'git with http-backend',
    isThere: () => existsSync(join(outputOf('git', '--exec-path'), 'git-http-backend')),
    tests: [
      'test/features/git/**',
      'test/features/artifact/{archive,ignored-files}.test.ts',
      'test/contracts/smart-http-git.test.ts',
      'test/flow/**',
    ],
  },
  {
    program: 'openssl',
    isThere: () => outputOf('openssl', 'version') !== '',
    tests: [
      'test/features/apply/normalise.test.ts',
      'test/features/http/tls.test.ts',
      'test/features/git/**',
    ],
  },
  {
    program: 'GNU tar',
    isThere: () => outputOf('tar', '--version').includes('GNU tar'),
    tests: ['test/features/artifact/{archive,read-archive}.test.ts'],
  },
];

/** The programs that are missing here, and the tests that cannot run without them. */
export function missingPrograms(): readonly {
  readonly program: string;
  readonly tests: readonly string[];
}[] {
  return NEEDS.filter(({ isThere }) => !isThere());
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
