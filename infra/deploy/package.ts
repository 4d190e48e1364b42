import { join } from 'node:path';
import { type Bundle, bundleAll } from '../build.ts';
import { withoutStack } from './no-stack.ts';
import { oslsProgram, run } from './osls.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What a package is made for. */
export interface PackageOptions {
  /** Absolute; gets the template and the archives that are uploaded. */
  readonly directory: string;
  /** Further arguments of osls, such as `--stage`, `test`. */
  readonly args?: readonly string[];
}

/** Builds the bundles and the CloudFormation template, without a network, a login or credentials once osls is installed. */
export async function makePackage({ directory, args = [] }: PackageOptions): Promise<readonly Bundle[]> {
  const bundles = await bundleAll();
  const program = await oslsProgram();
  await withoutStack((endpoint) =>
    run(process.execPath, [program, 'package', '--package', directory, ...args], ROOT, offline(endpoint)),
  );
  return bundles;
}

/** Nothing of the person's own AWS configuration is used. */
function offline(endpoint: string): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    TMPDIR,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'offline',
    AWS_SECRET_ACCESS_KEY: 'offline',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    SLS_NOTIFICATIONS_MODE: 'off',
    SLS_TELEMETRY_DISABLED: '1',
    CI: 'true',
  };
}
