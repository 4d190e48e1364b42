import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache.ts';
import { buildPrograms, checkGo } from './go.ts';

const MODULE = join(import.meta.dirname, 'oci-module');
const PROGRAMS = [
  { name: 'registry', package: 'github.com/distribution/distribution/v3/cmd/registry' },
  { name: 'referrers', package: './referrers' },
  { name: 'notation-sign', package: './notation-sign' },
] as const;

/** The programs that stand for registries and for those who sign. */
export type OciProgram = (typeof PROGRAMS)[number]['name'];

/** Whether all of them are built. */
export function hasOciPrograms(): boolean {
  return PROGRAMS.every(({ name }) => existsSync(join(directory(), name)));
}

/** The path of one of them; throws what to do when it is not built. */
export function ociProgram(name: OciProgram): string {
  const path = join(directory(), name);
  if (existsSync(path)) return path;
  throw new Error('the registries are not built: npm run servers (once, needs Go)');
}

/** Builds them unless they are there. */
export async function buildOciPrograms(): Promise<string> {
  if (hasOciPrograms()) return directory();
  checkGo(MODULE);
  await buildPrograms('registries', MODULE, PROGRAMS, directory());
  return directory();
}

/** Signs `<host>/<repository>@<digest>` by Notation's own libraries, over plain HTTP; certificates (leaf first) and key are files. */
export async function notationSign(
  reference: string,
  signer: { readonly certificates: string; readonly key: string },
  options: { readonly format?: 'jws' | 'cose'; readonly expiry?: string } = {},
): Promise<void> {
  const { format = 'jws', expiry = '0s' } = options;
  await promisify(execFile)(ociProgram('notation-sign'), [
    ...['--reference', reference, '--certificates', signer.certificates, '--key', signer.key],
    ...['--format', format, '--expiry', expiry],
  ]);
}

function directory(): string {
  const files = ['go.mod', 'go.sum', 'referrers/main.go', 'notation-sign/main.go'];
  return cacheDirectory('oci', ...files.map((file) => readFileSync(join(MODULE, file))));
}
