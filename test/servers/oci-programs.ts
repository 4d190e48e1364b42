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

/** What signs for Notation: files. */
export interface NotationSigner {
  /** PEM, leaf first. */
  readonly certificates: string;
  readonly key: string;
  /** PEM, what has to be trusted. */
  readonly root: string;
}

/** Makes a root and a key for signing code, in `directory`; the subject is `C=US, ST=WA, O=Acme\\, Inc., CN=signer`. */
export async function newNotationSigner(
  directory: string,
  wishes: { readonly keyType?: 'ec' | 'rsa'; readonly revocations?: string } = {},
): Promise<NotationSigner> {
  await promisify(execFile)(ociProgram('notation-sign'), [
    ...['--generate', directory, '--key-type', wishes.keyType ?? 'ec'],
    ...['--revocations', wishes.revocations ?? ''],
  ]);
  const file = (name: string) => join(directory, name);
  return { certificates: file('chain.crt'), key: file('leaf.key'), root: file('root.crt') };
}

/** Signs `<host>/<repository>@<digest>` by Notation's own libraries, over plain HTTP. */
export async function notationSign(
  reference: string,
  signer: NotationSigner,
  options: { readonly format?: 'jws' | 'cose'; readonly expiry?: string } = {},
): Promise<void> {
  const { format = 'jws', expiry = '0s' } = options;
  await promisify(execFile)(ociProgram('notation-sign'), [
    ...['--reference', reference, '--certificates', signer.certificates, '--key', signer.key],
    ...['--format', format, '--expiry', expiry],
  ]);
}

function directory(): string {
  const files = [
    'go.mod',
    'go.sum',
    'referrers/main.go',
    'notation-sign/main.go',
    'notation-sign/certificates.go',
  ];
  return cacheDirectory('oci', ...files.map((file) => readFileSync(join(MODULE, file))));
}
