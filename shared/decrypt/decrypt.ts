import { Fault, isFault } from '../core/failures.ts';
import { compileGoRegExp, type GoRegExp } from '../core/go-regexp.ts';
import { dataKeyOf } from './data-key.ts';
import { emit, FORMAT_NAMES, type Format, load } from './formats/formats.ts';
import type { Unwrap } from './master-keys.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { rule } from './rules.ts';
import { decryptTree } from './walk.ts';

/** From which format to which; they differ where the name of a Secret's key says so. */
export interface Formats {
  readonly from: Format;
  readonly to: Format;
}

/** What SOPS encrypted, in plain text; its authentication code is not looked at (KS-54). Faults: `malformed`, `unauthorized`, `invalid`, `too-large`, whose messages tell no value. */
export async function decryptFile(
  bytes: Uint8Array,
  { from, to }: Formats,
  unwrap: Unwrap,
): Promise<Uint8Array> {
  const { documents, metadata } = told(`failed to load encrypted ${FORMAT_NAMES[from]} data`, () => {
    const loaded = load(bytes, from);
    return { documents: loaded.documents, metadata: readMetadata(loaded.metadata) };
  });
  const key = await dataKey(metadata, unwrap);
  const isEncrypted = await rule(metadata.rules, compile);
  const plain = told('error decrypting sops tree', () =>
    documents.map((document) => decryptTree(document, key, isEncrypted)),
  );
  return told(`failed to emit encrypted ${FORMAT_NAMES[from]} file as decrypted ${FORMAT_NAMES[to]}`, () =>
    emit(plain, to),
  );
}

/** What Go would not compile matches nothing, as in SOPS. */
async function compile(expression: string): Promise<GoRegExp> {
  try {
    return await compileGoRegExp(expression);
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return () => false;
  }
}

async function dataKey(metadata: Metadata, unwrap: Unwrap): Promise<Uint8Array> {
  try {
    return await dataKeyOf(metadata, unwrap);
  } catch (error) {
    throw worded('cannot get sops data key', error);
  }
}

function told<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw worded(what, error);
  }
}

function worded(what: string, error: unknown): unknown {
  // What is nested too deeply for the stack, which only hostile files are.
  if (error instanceof RangeError) return new Fault('too-large', `${what}: nested too deeply`, {}, error);
  if (!isFault(error)) return error;
  return new Fault(error.code, `${what}: ${error.message}`, error.data, error);
}
